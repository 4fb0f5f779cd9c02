#include "control/follower_thread.h"

#include "control/settings.h"
#include "net/loop_thread.h"

namespace understudy::control {
namespace {

BinlogFollower::Settings follower_settings(const config::Config& config,
                                           std::shared_ptr<const backend::Login> service,
                                           const EventReporter& report) {
  BinlogFollower::Settings settings;
  settings.report = report;
  settings.login = std::move(service);
  settings.connect_timeout = config.monitor.timeout;
  settings.heartbeat = config.monitor.interval;
  return settings;
}

EventReporter reporter_to(EventLog& events, net::Loop& loop) {
  return [&events, &loop](std::string name, Event::Fields fields) {
    loop.post([&events, name = std::move(name), fields = std::move(fields)]() mutable {
      events.add(std::move(name), std::move(fields));
    });
  };
}

}  // namespace

FollowerThread::FollowerThread(const config::Config& config,
                               const std::shared_ptr<const backend::Login>& service,
                               std::shared_ptr<backend::SharedCache> cache, EventLog& events,
                               net::Loop& control)
    : cache_(std::move(cache)),
      opener_(loop_, link_targets(config), service),
      follower_(loop_, follower_settings(config, service, reporter_to(events, control))) {
  if (!cache_) return;
  keeper_.emplace(loop_, follower_, opener_,
                  CacheKeeper::Cache{cache_->clock, cache_->marks, cache_->tables, cache_->results},
                  reporter_to(events, control));
  keeper_->start();
}

FollowerThread::~FollowerThread() {
  stop();
}

void FollowerThread::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void FollowerThread::start() {
  thread_ = net::run_in_thread(loop_, "follower");
}

void FollowerThread::set_topology(replication::TopologyPtr topology) {
  loop_.post([this, topology = std::move(topology)]() mutable {
    follower_.set_topology(std::move(topology));
  });
}

}  // namespace understudy::control

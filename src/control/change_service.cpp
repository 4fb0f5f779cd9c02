#include "control/change_service.h"

#include <utility>

namespace understudy::control {
namespace {

ChangeFeed::Settings feed_settings(const config::Config& config,
                                   std::shared_ptr<const backend::Login> service,
                                   bool starts_follower) {
  ChangeFeed::Settings settings;
  settings.lane.buffer = config.changes.buffer_bytes;
  settings.lane.login = std::move(service);
  settings.max_subscribers = config.changes.max_subscribers;
  settings.starts_follower = starts_follower;
  return settings;
}

}  // namespace

ChangeService::ChangeService(net::Loop& loop, BinlogFollower& follower,
                             const config::Config& config,
                             std::shared_ptr<const backend::Login> service, bool starts_follower)
    : loop_(loop),
      tls_(service->tls),
      counters_(std::make_shared<ChangeCounters>()),
      feed_(loop, follower, feed_settings(config, std::move(service), starts_follower), counters_) {
}

void ChangeService::set_topology(replication::TopologyPtr topology) {
  loop_.post([this, topology = std::move(topology)] { feed_.set_topology(topology); });
}

void ChangeService::subscribe(feed::Request request, std::shared_ptr<const backend::Login> login,
                              net::AcceptedSocket socket) {
  loop_.post([this, request = std::move(request), login = std::move(login),
              socket = std::move(socket)]() mutable {
    feed_.subscribe(std::move(request), login, std::move(socket));
  });
}

}  // namespace understudy::control

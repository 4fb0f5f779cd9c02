#include "backend/settings.h"

#include "backend/login.h"

namespace understudy::backend {
namespace {

routing::Balance to_routing(config::Balance balance) {
  switch (balance) {
    case config::Balance::LeastOutstanding:
      return routing::Balance::LeastOutstanding;
    case config::Balance::RoundRobin:
      return routing::Balance::RoundRobin;
    case config::Balance::Latency:
      return routing::Balance::Latency;
  }
  return routing::Balance::LeastOutstanding;
}

routing::PrimaryReads to_routing(config::PrimaryReads reads) {
  switch (reads) {
    case config::PrimaryReads::Fallback:
      return routing::PrimaryReads::Fallback;
    case config::PrimaryReads::Always:
      return routing::PrimaryReads::Always;
    case config::PrimaryReads::Never:
      return routing::PrimaryReads::Never;
  }
  return routing::PrimaryReads::Fallback;
}

}  // namespace

sql::Consistency to_sql(config::Consistency consistency) {
  switch (consistency) {
    case config::Consistency::Eventual:
      return sql::Consistency::Eventual;
    case config::Consistency::Bounded:
      return sql::Consistency::Bounded;
    case config::Consistency::Session:
      return sql::Consistency::Session;
    case config::Consistency::Strong:
      return sql::Consistency::Strong;
  }
  return sql::Consistency::Strong;
}

SessionOptions session_options(const config::Reads& reads) {
  SessionOptions options;
  options.consistency = to_sql(reads.consistency);
  options.max_lag = reads.max_lag;
  return options;
}

std::shared_ptr<SharedCache> make_shared_cache(const config::Config& config) {
  if (!config.cache.enabled) return nullptr;
  return std::make_shared<SharedCache>(config.cache, config.reads.max_lag, config.servers.size());
}

DispatcherSettings dispatcher_settings(const config::Config& config,
                                       std::shared_ptr<const Login> service) {
  DispatcherSettings settings;
  settings.pool = {config.pool.idle_timeout, config.pool.wait, config.monitor.timeout};
  settings.service = std::move(service);
  settings.routing.balance = to_routing(config.reads.balance);
  settings.routing.primary_reads = to_routing(config.reads.primary_reads);
  settings.routing.zone = config.reads.zone;
  settings.routing.wait = config.reads.wait;
  settings.hold = config.failover.hold;
  settings.replay = config.failover.replay;
  return settings;
}

}  // namespace understudy::backend

#include "client/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/limits.h"
#include "config/parse.h"

namespace understudy::client {
namespace {

Error invalid(std::string message) {
  return make_error(ErrorKind::Invalid, std::move(message));
}

sql::Consistency to_sql(Consistency consistency) {
  switch (consistency) {
    case Consistency::Eventual:
      return sql::Consistency::Eventual;
    case Consistency::Bounded:
      return sql::Consistency::Bounded;
    case Consistency::Session:
      return sql::Consistency::Session;
    case Consistency::Strong:
      return sql::Consistency::Strong;
  }
  return sql::Consistency::Strong;
}

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

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return invalid(fmt::format("{}: the file cannot be read", path));
  }
  return std::move(content).str();
}

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

Result<EngineSettings> settings_from_options(const ClusterOptions& options) {
  if (options.addresses.empty() || options.addresses.size() > config::limits::kServersMax) {
    return invalid(fmt::format("ClusterOptions::addresses: give 1 to {} servers",
                               config::limits::kServersMax));
  }
  if (options.service_user.empty() || options.user.empty()) {
    return invalid("ClusterOptions: service_user and user must be given");
  }
  if (options.max_connections_per_server == 0 || options.max_attempts == 0) {
    return invalid("ClusterOptions: max_connections_per_server and max_attempts are at least 1");
  }
  EngineSettings settings;
  for (const std::string& text : options.addresses) {
    Result<Address> address = parse_address(text);
    if (!address) return invalid("ClusterOptions::addresses: " + address.error().message);
    config::Server server;
    server.name = text;
    server.address = std::move(address).value();
    settings.config.servers.push_back(std::move(server));
  }
  settings.config.service = {options.service_user, options.service_password};
  settings.config.pool.max_per_server = options.max_connections_per_server;
  settings.config.failover.hold = options.hold;
  settings.config.reads.wait = options.wait;
  settings.user = options.user;
  settings.password = options.password;
  settings.schema = options.schema;
  settings.reads = session_options(options.reads);
  settings.max_attempts = options.max_attempts;
  return settings;
}

Result<EngineSettings> settings_from_file(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Result<config::Config> config = config::parse_config(*text, path, environment, read_file);
  if (!config) return config.error();
  EngineSettings settings;
  settings.config = std::move(config).value();
  settings.user = settings.config.service.user;
  settings.password = settings.config.service.password;
  settings.reads.consistency = to_sql(settings.config.reads.consistency);
  settings.reads.max_lag = settings.config.reads.max_lag;
  return settings;
}

backend::SessionOptions session_options(const ReadOptions& reads) {
  return {to_sql(reads.consistency), reads.max_lag};
}

std::vector<control::LinkTarget> link_targets(const config::Config& config) {
  std::vector<control::LinkTarget> targets;
  for (const config::Server& server : config.servers)
    targets.push_back({server.name, server.address});
  return targets;
}

control::MonitorSettings monitor_settings(const config::Config& config) {
  control::MonitorSettings settings;
  settings.topology.cluster = config.cluster_name;
  for (const config::Server& server : config.servers) {
    settings.topology.servers.push_back(
        {server.name, server.address, server.zone, server.weight, server.priority, server.tags});
  }
  settings.topology.max_lag = config.reads.max_lag;
  settings.topology.probe_timeout = config.monitor.timeout;
  settings.interval = config.monitor.interval;
  settings.service_user = config.service.user;
  return settings;
}

backend::DispatcherSettings dispatcher_settings(const config::Config& config) {
  backend::DispatcherSettings settings;
  settings.pool = {config.pool.idle_timeout, config.pool.wait, config.monitor.timeout};
  settings.routing.balance = to_routing(config.reads.balance);
  settings.routing.primary_reads = to_routing(config.reads.primary_reads);
  settings.routing.zone = config.reads.zone;
  settings.routing.wait = config.reads.wait;
  settings.hold = config.failover.hold;
  return settings;
}

}  // namespace understudy::client

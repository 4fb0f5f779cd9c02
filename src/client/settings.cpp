#include "client/settings.h"

#include <fmt/format.h>

#include "backend/settings.h"
#include "config/limits.h"
#include "control/settings.h"

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
  settings.config.cache.enabled = options.cache_bytes != 0;
  settings.config.cache.size_bytes = options.cache_bytes;
  settings.user = options.user;
  settings.password = options.password;
  settings.schema = options.schema;
  settings.reads = session_options(options.reads);
  settings.max_attempts = options.max_attempts;
  return settings;
}

Result<EngineSettings> settings_from_file(const std::string& path) {
  Result<config::Config> config = control::load_config(path);
  if (!config) return config.error();
  EngineSettings settings;
  settings.config = std::move(config).value();
  settings.user = settings.config.service.user;
  settings.password = settings.config.service.password;
  settings.reads = backend::session_options(settings.config.reads);
  return settings;
}

backend::SessionOptions session_options(const ReadOptions& reads) {
  backend::SessionOptions options;
  options.consistency = to_sql(reads.consistency);
  options.max_lag = reads.max_lag;
  options.tag = reads.tag;
  options.zone = reads.zone;
  options.replica = !reads.primary;
  return options;
}

}  // namespace understudy::client

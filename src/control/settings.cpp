#include "control/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backend/tls_settings.h"
#include "config/parse.h"

namespace understudy::control {
namespace {

// So often that a few may be missed within failover.after.
constexpr Duration kHeartbeatMin = std::chrono::milliseconds(100);
constexpr Duration kHeartbeatMax = std::chrono::seconds(1);

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return make_error(ErrorKind::Invalid, fmt::format("{}: the file cannot be read", path));
  }
  return std::move(content).str();
}

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

Result<config::Config> load_config(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Result<config::Config> config = config::parse_config(*text, path, environment, read_file);
  if (!config) return config;
  if (const Result<void> right = backend::check_tls(*config); !right) return right.error();
  if (config->failover.save_dir.empty()) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    config->failover.save_dir = folder.empty() ? "." : folder;
  }
  return config;
}

std::vector<LinkTarget> link_targets(const config::Config& config) {
  std::vector<LinkTarget> targets;
  for (const config::Server& server : config.servers)
    targets.push_back({server.name, server.address});
  return targets;
}

MonitorSettings monitor_settings(const config::Config& config) {
  MonitorSettings settings;
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

FailoverManagerSettings failover_settings(const config::Config& config) {
  FailoverManagerSettings settings;
  failover::PlannerSettings& planner = settings.planner;
  planner.detector.servers = monitor_settings(config).topology.servers;
  planner.detector.after = config.failover.after;
  planner.automatic = config.failover.mode == config::Mode::Automatic;
  planner.rejoin = config.failover.rejoin == config::Mode::Automatic;
  planner.min_interval = config.failover.min_interval;
  planner.drain = config.failover.drain;
  planner.cut_transactions = config.failover.long_transactions == config::LongTransactions::Cut;
  for (const config::Server& server : config.servers)
    settings.orders.addresses.push_back(server.address);
  settings.orders.service_user = config.service.user;
  settings.orders.service_password = config.service.password;
  settings.orders.heartbeat =
      std::clamp<Duration>(config.failover.after / 4, kHeartbeatMin, kHeartbeatMax);
  settings.orders.connect_timeout = config.monitor.timeout;
  return settings;
}

}  // namespace understudy::control

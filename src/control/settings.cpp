#include "control/settings.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/parse.h"

namespace understudy::control {
namespace {

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
  if (config.ok() && config->failover.save_dir.empty()) {
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

}  // namespace understudy::control

#include "sandbox/state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace understudy::sandbox {

Result<std::optional<State>> load_state(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "sandbox.json";
  std::ifstream file(path);
  if (!file) return std::optional<State>();
  try {
    const auto json = nlohmann::json::parse(file);
    State state;
    state.flavour = json.at("flavour");
    state.server_program = json.at("server_program");
    state.replicas = json.at("replicas");
    state.port = json.at("port");
    state.semi_sync = json.at("semi_sync");
    state.service_password = json.at("service_password");
    state.replication_password = json.at("replication_password");
    state.ready = json.at("ready");
    return std::optional<State>(std::move(state));
  } catch (const nlohmann::json::exception&) {
    return make_error(ErrorKind::Invalid, fmt::format("{} is damaged; remove {} and start again",
                                                      path.string(), directory.string()));
  }
}

Result<void> save_state(const std::filesystem::path& directory, const State& state) {
  const nlohmann::json json{{"flavour", state.flavour},
                            {"server_program", state.server_program},
                            {"replicas", state.replicas},
                            {"port", state.port},
                            {"semi_sync", state.semi_sync},
                            {"service_password", state.service_password},
                            {"replication_password", state.replication_password},
                            {"ready", state.ready}};
  return write_file(directory / "sandbox.json", json.dump(2) + "\n");
}

std::vector<ServerPaths> servers_of(const std::filesystem::path& directory, const State& state) {
  std::vector<ServerPaths> servers;
  for (std::uint32_t index = 0; index < state.server_count(); ++index) {
    ServerPaths paths;
    paths.name = fmt::format("db{}", index + 1);
    paths.port = static_cast<std::uint16_t>(state.port + index);
    paths.folder = directory / paths.name;
    paths.datadir = paths.folder / "data";
    paths.socket = paths.folder / "mysqld.sock";
    paths.settings = paths.folder / "my.cnf";
    paths.error_log = paths.folder / "error.log";
    paths.pid_file = paths.folder / "pid";
    servers.push_back(std::move(paths));
  }
  return servers;
}

Result<void> write_file(const std::filesystem::path& path, const std::string& text, unsigned mode) {
  const auto failed = [&] {
    return make_error(ErrorKind::Invalid,
                      fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno)));
  };
  const std::string temporary = path.string() + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return failed();
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !written || ::rename(temporary.c_str(), path.c_str()) != 0)
    return failed();
  return {};
}

}  // namespace understudy::sandbox

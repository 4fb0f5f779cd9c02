#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace understudy::sandbox {

// What a sandbox was made with; DIR/sandbox.json, readable by its owner only.
struct State {
  std::string flavour = "mariadb";
  std::string server_program;  // an absolute path
  std::uint32_t replicas = 2;
  std::uint16_t port = 7311;
  bool semi_sync = false;
  std::string service_password;
  std::string replication_password;
  bool ready = false;  // the data directories are complete

  [[nodiscard]] std::uint32_t server_count() const { return replicas + 1; }
  // Where the programs that go with the server's are looked for first.
  [[nodiscard]] std::filesystem::path programs_folder() const {
    return std::filesystem::path(server_program).parent_path();
  }
};

// One server's place; index 0 is db1.
struct ServerPaths {
  std::string name;
  std::uint16_t port = 0;
  std::filesystem::path folder;
  std::filesystem::path datadir;
  std::filesystem::path socket;
  std::filesystem::path settings;  // my.cnf
  std::filesystem::path error_log;
  std::filesystem::path pid_file;

  // The argument by which a process is known to be this server.
  [[nodiscard]] std::string mark() const { return "--defaults-file=" + settings.string(); }
};

// Nothing if there is none in `directory`. Error: Invalid if the file cannot be read.
Result<std::optional<State>> load_state(const std::filesystem::path& directory);
Result<void> save_state(const std::filesystem::path& directory, const State& state);

std::vector<ServerPaths> servers_of(const std::filesystem::path& directory, const State& state);

// Replaces a file in one step, so that no reader sees half of it.
Result<void> write_file(const std::filesystem::path& path, const std::string& text,
                        unsigned mode = 0600);

}  // namespace understudy::sandbox

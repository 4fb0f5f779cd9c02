#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace understudy::sandbox {

struct UpOptions {
  std::optional<std::uint32_t> replicas;  // 2; a sandbox that exists keeps what it has
  std::optional<std::uint16_t> port;      // of db1, the others follow: 7311
  std::optional<std::string> flavour;     // mariadb
  std::filesystem::path server_program;   // empty: the installed one
  bool semi_sync = false;
  std::filesystem::path config_copy;  // where understudy.toml goes too; empty: nowhere
};

enum class ServerState : std::uint8_t { Running, Paused, Dead };
enum class ServerSignal : std::uint8_t { Kill, Pause, Resume };
enum class StartMode : std::uint8_t {
  Default,   // writable if it replicates from nobody and no other server takes writes
  Writable,  // as a primary
  ReadOnly,
  Replica,  // read-only; MariaDB cuts off what its binary log has beyond what it has committed
};

struct ServerStatus {
  std::string name;
  std::uint16_t port = 0;
  int pid = 0;  // 0 when dead
  std::filesystem::path socket;
  std::filesystem::path datadir;
  ServerState state = ServerState::Dead;
};

// Starts a sandbox in `directory`, or what is down of one that is there, and returns when every
// server answers and the replicas replicate. Processes outlive the caller.
// Errors: Invalid (options, a taken port, a directory with something else in it), Unreachable (a
// program is missing or a server does not start, with its last words).
Result<std::vector<ServerStatus>> up(const std::filesystem::path& directory,
                                     const UpOptions& options);

// Ends all servers: politely first, after some seconds by SIGKILL. Data stays. Nothing to do is no
// error. Error: Invalid if there is no sandbox.
Result<void> down(const std::filesystem::path& directory);

Result<std::vector<ServerStatus>> status(const std::filesystem::path& directory);

// Returns when the signal has had its effect. Error: Invalid if there is no such server, or it is
// not running.
Result<void> signal(const std::filesystem::path& directory, std::string_view server,
                    ServerSignal signal);

// Starts a server that is down and waits until it answers. One that is up is no error.
Result<void> start(const std::filesystem::path& directory, std::string_view server,
                   StartMode mode = StartMode::Default);

// Ends `server`, replaces its data with a copy of those of `from`, which goes on, and lets it
// replicate from `primary`; empty: the server that is the primary. What it had is kept until that
// has succeeded. Errors: Invalid (no such server, `from` is down), Unreachable (a program fails or
// is missing; the old data are back, and the server is down).
Result<void> rebuild(const std::filesystem::path& directory, std::string_view server,
                     std::string_view from, std::string_view primary = {});

// "running", "paused" or "dead".
std::string_view to_string(ServerState state);

}  // namespace understudy::sandbox

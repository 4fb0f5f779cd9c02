#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <system_error>

#include "sandbox/configuration.h"
#include "sandbox/flavour.h"
#include "sandbox/install.h"
#include "sandbox/process.h"
#include "sandbox/rebuild.h"
#include "sandbox/roles.h"
#include "sandbox/servers.h"
#include "sandbox/state.h"

namespace understudy::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kReplicasMax = 15;
constexpr std::size_t kSocketPathMax = 107;  // sockaddr_un

// Held while a command works in a directory; waits for another one to end.
class DirectoryLock {
 public:
  explicit DirectoryLock(const fs::path& directory)
      : fd_(::open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ >= 0) ::flock(fd_, LOCK_EX);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  int fd_;
};

std::string random_password() {
  std::random_device device;
  std::string password;
  for (int i = 0; i < 4; ++i)
    password += fmt::format("{:08x}", device());
  return password;
}

struct Sandbox {
  fs::path directory;
  State state;
  std::vector<ServerPaths> servers;
};

Result<Sandbox> open_existing(const fs::path& directory) {
  std::error_code error;
  Sandbox sandbox{fs::weakly_canonical(directory, error), {}, {}};
  auto state = load_state(sandbox.directory);
  if (!state) return state.error();
  if (!state->has_value())
    return make_error(ErrorKind::Invalid,
                      fmt::format("{} holds no sandbox; make one with: understudy sandbox up {}",
                                  directory.string(), directory.string()));
  sandbox.state = **state;
  sandbox.servers = servers_of(sandbox.directory, sandbox.state);
  return sandbox;
}

Result<void> check_options(const UpOptions& options) {
  if (find_flavour(options.flavour.value_or("mariadb")) == nullptr)
    return make_error(ErrorKind::Invalid, fmt::format("flavour {} is not known; write mariadb or "
                                                      "mysql",
                                                      *options.flavour));
  if (options.replicas.value_or(0) > kReplicasMax)
    return make_error(ErrorKind::Invalid,
                      fmt::format("at most {} replicas, not {}", kReplicasMax, *options.replicas));
  if (options.port && (*options.port < 1024 || *options.port > 65535 - kReplicasMax))
    return make_error(ErrorKind::Invalid, fmt::format("port {} is out of range; choose 1024 to {}",
                                                      *options.port, 65535 - kReplicasMax));
  return {};
}

// The state to bring up: what is in the directory, which the options may not contradict, or a new
// one.
Result<State> plan(const fs::path& directory, const UpOptions& options) {
  auto existing = load_state(directory);
  if (!existing) return existing.error();
  if (existing->has_value()) {
    State state = **existing;
    if (options.flavour.value_or(state.flavour) != state.flavour ||
        options.replicas.value_or(state.replicas) != state.replicas ||
        options.port.value_or(state.port) != state.port || (options.semi_sync && !state.semi_sync))
      return make_error(
          ErrorKind::Invalid,
          fmt::format(
              "{} holds a {} sandbox with {} replicas from port {}{}; end it and remove the "
              "directory to change that",
              directory.string(), state.flavour, state.replicas, state.port,
              state.semi_sync ? " and semi-sync" : ""));
    return state;
  }
  State state;
  state.flavour = options.flavour.value_or(state.flavour);
  state.replicas = options.replicas.value_or(state.replicas);
  state.port = options.port.value_or(state.port);
  state.semi_sync = options.semi_sync;
  state.service_password = random_password();
  state.replication_password = random_password();
  return state;
}

// Which server runs here is decided once, unless another one is named.
Result<void> find_server_program(State& state, const fs::path& named) {
  if (named.empty() && !state.server_program.empty()) return {};
  auto program = flavour_of(state).find_server(named);
  if (!program) return program.error();
  std::error_code error;
  state.server_program = fs::absolute(*program, error).string();
  if (::access(state.server_program.c_str(), X_OK) == 0) return {};
  return make_error(ErrorKind::Invalid, fmt::format("{} is no program", state.server_program));
}

Result<void> write_configuration(const Sandbox& sandbox, const fs::path& copy) {
  std::error_code error;
  // So that the command is found by whoever runs it.
  const std::string program = fs::read_symlink("/proc/self/exe", error).string();
  const std::string rebuild =
      fmt::format(R"("{}" sandbox rebuild "{}" "$UNDERSTUDY_SERVER" --from "$UNDERSTUDY_SOURCE" )"
                  R"(--primary "$UNDERSTUDY_PRIMARY")",
                  program, sandbox.directory.string());
  const std::string text = understudy_toml(sandbox.servers, sandbox.state, rebuild);
  if (auto written = write_file(sandbox.directory / "understudy.toml", text); !written)
    return written;
  if (copy.empty()) return {};
  return write_file(copy, text);
}

Result<void> prepare(Sandbox& sandbox) {
  if (auto saved = save_state(sandbox.directory, sandbox.state); !saved) return saved;
  if (sandbox.state.ready) return {};
  if (auto installed = install(sandbox.directory, sandbox.state, sandbox.servers); !installed)
    return installed;
  sandbox.state.ready = true;
  return save_state(sandbox.directory, sandbox.state);
}

// `fresh`: for the first time, when db1 is the primary.
Result<void> start_all(const Sandbox& sandbox, bool fresh) {
  for (const ServerPaths& server : sandbox.servers) {
    std::vector<std::string> arguments;
    if (fresh && &server == &sandbox.servers.front())
      arguments = flavour_of(sandbox.state).primary_arguments(sandbox.state);
    if (auto launched = launch(server, sandbox.state, arguments); !launched) return launched;
  }
  for (const ServerPaths& server : sandbox.servers) {
    if (status_of(server).state == ServerState::Paused) continue;
    if (auto ready = wait_ready(server); !ready) return ready;
  }
  return set_roles(sandbox.servers, sandbox.state);
}

std::vector<ServerStatus> statuses(const Sandbox& sandbox) {
  std::vector<ServerStatus> all;
  for (const ServerPaths& server : sandbox.servers)
    all.push_back(status_of(server));
  return all;
}

Result<ServerPaths> find_server(const Sandbox& sandbox, std::string_view name) {
  for (const ServerPaths& server : sandbox.servers)
    if (server.name == name) return server;
  return make_error(ErrorKind::Invalid, fmt::format("there is no server {}; there are db1 to db{}",
                                                    name, sandbox.servers.size()));
}

Result<void> check_paths(const Sandbox& sandbox) {
  if (sandbox.servers.back().socket.string().size() > kSocketPathMax)
    return make_error(ErrorKind::Invalid, fmt::format("the path {} is too long for a socket; use a "
                                                      "shorter directory",
                                                      sandbox.directory.string()));
  return {};
}

}  // namespace

Result<std::vector<ServerStatus>> up(const fs::path& directory, const UpOptions& options) {
  if (auto checked = check_options(options); !checked) return checked.error();
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    return make_error(ErrorKind::Invalid,
                      fmt::format("cannot create {}: {}", directory.string(), error.message()));
  Sandbox sandbox{fs::canonical(directory, error), {}, {}};
  const DirectoryLock lock(sandbox.directory);
  auto state = plan(sandbox.directory, options);
  if (!state) return state.error();
  sandbox.state = std::move(state).value();
  if (auto found = find_server_program(sandbox.state, options.server_program); !found)
    return found.error();
  sandbox.servers = servers_of(sandbox.directory, sandbox.state);
  if (auto checked = check_paths(sandbox); !checked) return checked.error();
  std::vector<ServerPaths> ours;  // what this call starts, and ends if it fails
  for (const ServerPaths& server : sandbox.servers)
    if (status_of(server).state == ServerState::Dead) ours.push_back(server);
  const bool fresh = !sandbox.state.ready;
  Result<void> done = prepare(sandbox);
  if (done.ok()) done = start_all(sandbox, fresh);
  if (done.ok()) done = write_configuration(sandbox, options.config_copy);
  if (!done) {
    end_all(ours);
    return done.error();
  }
  return statuses(sandbox);
}

Result<void> down(const fs::path& directory) {
  auto sandbox = open_existing(directory);
  if (!sandbox) return sandbox.error();
  const DirectoryLock lock(sandbox->directory);
  end_all(sandbox->servers);
  for (const ServerStatus& server : statuses(*sandbox))
    if (server.state != ServerState::Dead)
      return make_error(ErrorKind::Timeout,
                        fmt::format("{} (process {}) does not end", server.name, server.pid));
  return {};
}

Result<std::vector<ServerStatus>> status(const fs::path& directory) {
  auto sandbox = open_existing(directory);
  if (!sandbox) return sandbox.error();
  return statuses(*sandbox);
}

Result<void> signal(const fs::path& directory, std::string_view server, ServerSignal signal) {
  auto sandbox = open_existing(directory);
  if (!sandbox) return sandbox.error();
  auto paths = find_server(*sandbox, server);
  if (!paths) return paths.error();
  return send(*paths, signal);
}

Result<void> start(const fs::path& directory, std::string_view server, StartMode mode) {
  auto sandbox = open_existing(directory);
  if (!sandbox) return sandbox.error();
  const DirectoryLock lock(sandbox->directory);
  auto paths = find_server(*sandbox, server);
  if (!paths) return paths.error();
  const ServerState before = status_of(*paths).state;
  if (before == ServerState::Paused)
    return make_error(ErrorKind::Invalid,
                      fmt::format("{} is paused, not down; use resume", paths->name));
  const Flavour& flavour = flavour_of(sandbox->state);
  std::vector<std::string> arguments;
  if (mode == StartMode::Writable) arguments = flavour.primary_arguments(sandbox->state);
  if (mode == StartMode::Replica) arguments = flavour.replica_arguments();
  if (auto launched = launch(*paths, sandbox->state, arguments); !launched) return launched;
  if (auto ready = wait_ready(*paths); !ready) return ready;
  if (mode != StartMode::Default || before != ServerState::Dead) return {};
  return open_if_alone(*paths, sandbox->servers, sandbox->state);
}

Result<void> rebuild(const fs::path& directory, std::string_view server, std::string_view from,
                     std::string_view primary) {
  auto sandbox = open_existing(directory);
  if (!sandbox) return sandbox.error();
  const DirectoryLock lock(sandbox->directory);
  auto target = find_server(*sandbox, server);
  if (!target) return target.error();
  auto source = find_server(*sandbox, from);
  if (!source) return source.error();
  if (primary.empty()) {
    std::vector<SeenServer> seen = look_at(sandbox->servers, sandbox->state);
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (sandbox->servers[i].name == server) seen[i].answers = false;
    const auto found = find_primary(sandbox->servers, seen);
    if (!found || !seen[*found].writable)
      return make_error(ErrorKind::Invalid, "no primary was found; name it with --primary");
    return rebuild_server(*target, *source, sandbox->servers[*found], sandbox->state);
  }
  auto named = find_server(*sandbox, primary);
  if (!named) return named.error();
  return rebuild_server(*target, *source, *named, sandbox->state);
}

std::string_view to_string(ServerState state) {
  switch (state) {
    case ServerState::Running:
      return "running";
    case ServerState::Paused:
      return "paused";
    case ServerState::Dead:
      return "dead";
  }
  return "";
}

}  // namespace understudy::sandbox

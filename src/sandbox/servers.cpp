#include "sandbox/servers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string_view>

#include "sandbox/flavour.h"
#include "sandbox/process.h"

namespace understudy::sandbox {
namespace {

constexpr Duration kStartTimeout = std::chrono::seconds(60);
constexpr Duration kReplicationTimeout = std::chrono::seconds(15);
constexpr Duration kStopTimeout = std::chrono::seconds(8);
constexpr Duration kSignalTimeout = std::chrono::seconds(5);

int read_pid(const ServerPaths& server) {
  std::ifstream file(server.pid_file);
  int pid = 0;
  file >> pid;
  return file ? pid : 0;
}

// True for a child of ours that has ended, which it then is no more.
bool ended(int pid) {
  return ::waitpid(pid, nullptr, WNOHANG) != 0;
}

ServerState state_of(const ServerPaths& server) {
  return process_state(read_pid(server), server.mark());
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool port_is_free(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

// True if a server sends its greeting: it does so only once it is ready for clients.
bool greets(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port);
  std::array<char, 5> start{};
  const bool greeted =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::recv(fd, start.data(), start.size(), MSG_WAITALL) == static_cast<ssize_t>(start.size()) &&
      start[4] == 10;  // protocol version 10
  ::close(fd);
  return greeted;
}

std::string last_error(const ServerPaths& server) {
  std::ifstream log(server.error_log);
  std::string found = "its log says nothing";
  for (std::string line; std::getline(log, line);)
    if (line.find("[ERROR]") != std::string::npos && line.find("Aborting") == std::string::npos)
      found = line;
  return found;
}

}  // namespace

ServerStatus status_of(const ServerPaths& server) {
  ServerStatus status;
  status.name = server.name;
  status.port = server.port;
  status.socket = server.socket;
  status.datadir = server.datadir;
  status.state = state_of(server);
  if (status.state != ServerState::Dead) status.pid = read_pid(server);
  return status;
}

Result<std::string> run_sql(const ServerPaths& server, const State& state, std::string_view sql) {
  auto program = find_program("mariadb", "mariadb-client-core");
  if (!program) return program.error();
  auto output = run({program->string(), "--no-defaults", "--protocol=socket",
                     "--socket=" + server.socket.string(), "--user=understudy", "--batch",
                     "--connect-timeout=15"},
                    sql, {"MYSQL_PWD=" + state.service_password});
  if (!output) return output.error();
  if (output->exit_status != 0)
    return make_error(ErrorKind::Server, fmt::format("{}: {}", server.name, output->text));
  return std::move(output->text);
}

Result<void> launch(const ServerPaths& server, const State& state,
                    const std::vector<std::string>& arguments) {
  if (state_of(server) != ServerState::Dead) return {};
  // A killed server keeps its sockets until its last thread is gone.
  const Duration patience = read_pid(server) != 0 ? kSignalTimeout : Duration{};
  if (!wait_until(patience, [&] { return port_is_free(server.port); }))
    return make_error(ErrorKind::Invalid,
                      fmt::format("port {} is taken; choose others with --port", server.port));
  // MySQL does not start while any process has the number that a killed server left here.
  std::error_code none;
  std::filesystem::remove(server.socket.string() + ".lock", none);
  std::vector<std::string> command{state.server_program, server.mark()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto pid = spawn_detached(command, server.error_log);
  if (!pid) return pid.error();
  if (auto written = write_file(server.pid_file, std::to_string(*pid) + "\n"); !written)
    return written;
  // The process shows its arguments a moment after it was started. One that ended at once never
  // does: wait_ready() tells why.
  wait_until(kSignalTimeout, [&] { return state_of(server) != ServerState::Dead || ended(*pid); });
  return {};
}

Result<void> wait_ready(const ServerPaths& server) {
  const auto failed = [&](std::string_view what) {
    return make_error(ErrorKind::Unreachable,
                      fmt::format("{} {}: {} ({})", server.name, what, last_error(server),
                                  server.error_log.string()));
  };
  bool dead = false;
  const bool ready = wait_until(kStartTimeout, [&] {
    dead = state_of(server) == ServerState::Dead;
    return dead || greets(server.port);
  });
  if (dead) return failed("ended while it started");
  if (!ready) return failed("does not answer");
  return {};
}

Result<void> wait_replicating(const ServerPaths& server, const ServerPaths& primary,
                              const State& state, std::string_view position) {
  const Flavour& flavour = flavour_of(state);
  std::string complaint;
  const bool running = wait_until(kReplicationTimeout, [&] {
    auto answer = run_sql(server, state, flavour.look());
    if (answer && flavour.read_look(*answer).source_port == 0)
      answer = run_sql(server, state, flavour.replicate(primary, state, position) + flavour.look());
    if (!answer) {
      complaint = answer.error().message;
      return false;
    }
    const SeenServer seen = flavour.read_look(*answer);
    complaint = seen.complaint;
    return seen.replicates;
  });
  if (running) return {};
  return make_error(ErrorKind::Unreachable, fmt::format("{} does not replicate from {}: {}",
                                                        server.name, primary.name, complaint));
}

void end_all(const std::vector<ServerPaths>& servers) {
  const auto all_dead = [&] {
    for (const ServerPaths& server : servers)
      if (state_of(server) != ServerState::Dead) return false;
    return true;
  };
  const auto to_all = [&](int number) {
    for (const ServerPaths& server : servers)
      if (state_of(server) != ServerState::Dead) ::kill(read_pid(server), number);
  };
  to_all(SIGCONT);  // a stopped process does not hear SIGTERM
  to_all(SIGTERM);
  if (wait_until(kStopTimeout, all_dead)) return;
  to_all(SIGKILL);
  wait_until(kSignalTimeout, all_dead);
}

Result<void> send(const ServerPaths& server, ServerSignal signal) {
  if (state_of(server) == ServerState::Dead)
    return make_error(ErrorKind::Invalid, fmt::format("{} is not running", server.name));
  int number = SIGKILL;
  ServerState wanted = ServerState::Dead;
  if (signal == ServerSignal::Pause) {
    number = SIGSTOP;
    wanted = ServerState::Paused;
  } else if (signal == ServerSignal::Resume) {
    number = SIGCONT;
    wanted = ServerState::Running;
  }
  ::kill(read_pid(server), number);
  if (wait_until(kSignalTimeout, [&] { return state_of(server) == wanted; })) return {};
  return make_error(ErrorKind::Timeout,
                    fmt::format("{} is still {}", server.name, to_string(state_of(server))));
}

}  // namespace understudy::sandbox

#include "sandbox/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

namespace understudy::sandbox {
namespace {

constexpr std::chrono::seconds kShownTimeout(10);

// A descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  [[nodiscard]] int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// File actions and attributes of posix_spawn, freed at the end of their scope.
struct SpawnPlan {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::string>& added) {
  std::vector<std::string> all = added;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    all.emplace_back(*entry);
  return all;
}

Result<int> spawn(SpawnPlan& plan, const std::vector<std::string>& command,
                  const std::vector<std::string>& environment) {
  posix_spawn_file_actions_addclosefrom_np(&plan.actions, 3);
  const std::vector<std::string> full_environment = environment_with(environment);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, command.front().c_str(), &plan.actions, &plan.attributes,
                                  pointers(command).data(), pointers(full_environment).data());
  if (error != 0)
    return make_error(ErrorKind::Unreachable, fmt::format("{} cannot be started: {}",
                                                          command.front(), std::strerror(error)));
  return static_cast<int>(pid);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

// A file without a name that holds `text`, to be read from its start.
int file_with(std::string_view text) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0) return fd;
  if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(fd, 0, SEEK_SET) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

int exit_status_of(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return 127;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Of a child; it can still be waited for.
bool has_ended(int pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<ProcessOutput> run(const std::vector<std::string>& command, std::string_view input,
                          const std::vector<std::string>& environment) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return make_error(ErrorKind::Exhausted, fmt::format("no pipe: {}", std::strerror(errno)));
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  const Descriptor input_file(file_with(input));
  SpawnPlan plan;
  posix_spawn_file_actions_adddup2(&plan.actions, input_file.get(), 0);
  posix_spawn_file_actions_adddup2(&plan.actions, write_end.get(), 1);
  posix_spawn_file_actions_adddup2(&plan.actions, write_end.get(), 2);
  const Result<int> pid = spawn(plan, command, environment);
  if (!pid) return pid.error();
  write_end.reset();
  ProcessOutput output;
  output.text = read_all(read_end.get());
  output.exit_status = exit_status_of(*pid);
  return output;
}

Result<int> spawn_detached(const std::vector<std::string>& command,
                           const std::filesystem::path& log) {
  SpawnPlan plan;
  posix_spawn_file_actions_addopen(&plan.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&plan.actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0640);
  posix_spawn_file_actions_adddup2(&plan.actions, 1, 2);
  posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSID);
  const Result<int> pid = spawn(plan, command, {});
  if (!pid) return pid.error();
  // The kernel shows the arguments of a new program a moment after the program has been loaded.
  wait_until(kShownTimeout, [&] {
    return !read_file(fmt::format("/proc/{}/cmdline", *pid)).empty() || has_ended(*pid);
  });
  return *pid;
}

ServerState process_state(int pid, std::string_view argument) {
  if (pid <= 0) return ServerState::Dead;
  const std::filesystem::path proc = fmt::format("/proc/{}", pid);
  // Arguments end with a zero byte each.
  const std::string arguments = '\0' + read_file(proc / "cmdline");
  if (arguments.find('\0' + std::string(argument) + '\0') == std::string::npos)
    return ServerState::Dead;
  // "PID (name) STATE ..."; the name may hold spaces and brackets.
  const std::string stat = read_file(proc / "stat");
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return ServerState::Dead;
  const char letter = stat[name_end + 2];
  if (letter == 'Z' || letter == 'X') return ServerState::Dead;
  return letter == 'T' ? ServerState::Paused : ServerState::Running;
}

Result<std::filesystem::path> find_program(std::string_view name, std::string_view package,
                                           const std::filesystem::path& first) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(first.string() + ":" + (path == nullptr ? "" : path) +
                             ":/usr/sbin:/usr/bin:/usr/libexec:/usr/local/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return make_error(
      ErrorKind::Unreachable,
      fmt::format("{} is not installed; install the Debian package {}", name, package));
}

bool wait_until_impl(Duration timeout, bool (*condition)(void*), void* context) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!condition(context)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace understudy::sandbox

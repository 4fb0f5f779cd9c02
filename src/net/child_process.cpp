#include "net/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "net/loop_core.h"

namespace understudy::net {
namespace {

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

std::vector<std::string> environment_with(const ChildProcess::Environment& added) {
  std::vector<std::string> all;
  for (const auto& [name, value] : added)
    all.push_back(fmt::format("{}={}", name, value));
  const auto replaced = [&](std::string_view entry) {
    for (const auto& [name, value] : added)
      if (entry.starts_with(name) && entry.substr(name.size()).starts_with('=')) return true;
    return false;
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (!replaced(*entry)) all.emplace_back(*entry);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (std::string& text : strings)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// A process of its own group that writes to `output`; returns its number, or minus an errno.
pid_t spawn_shell(const std::string& shell_command, const ChildProcess::Environment& added,
                  int output) {
  SpawnPlan plan;
  posix_spawn_file_actions_addopen(&plan.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.actions, output, 1);
  posix_spawn_file_actions_adddup2(&plan.actions, output, 2);
  posix_spawn_file_actions_addclosefrom_np(&plan.actions, 3);
  // What we ignore or block is our business, not the command's.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  posix_spawnattr_setflags(&plan.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> command{"/bin/sh", "-c", shell_command};
  std::vector<std::string> environment = environment_with(added);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/bin/sh", &plan.actions, &plan.attributes,
                                  pointers(command).data(), pointers(environment).data());
  return error == 0 ? pid : -error;
}

// A descriptor that becomes readable when the process ends. (glibc 2.36's own pidfd_open cannot be
// linked from C++.)
int open_pid_fd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

// Outlives its ChildProcess until the kernel says that the process has ended, so that it can be
// waited for without blocking.
class ChildProcess::Process : public std::enable_shared_from_this<Process> {
 public:
  Process(Loop& loop, pid_t pid, Descriptor pid_fd, Descriptor output)
      : core_(loop.core()), pid_(pid), exit_(std::move(pid_fd)), output_(std::move(output)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    close(exit_, on_exit_ready_);
    close(output_, on_output_ready_);
    // Only when the loop ends first.
    if (reaped_) return;
    kill_group(SIGKILL);
    reap();
  }

  // Returns an errno, 0 if `on_exit` will be called.
  int watch(OnExit on_exit) {
    on_exit_ = std::move(on_exit);
    if (const int error = core_.poller.add(exit_.number(), on_exit_ready_, EPOLLIN)) return error;
    core_.keep(shared_from_this());
    return core_.poller.add(output_.number(), on_output_ready_, EPOLLIN);
  }

  // Kills the group now, and whatever is left of it when the process is known to have ended.
  void abandon() {
    on_exit_ = nullptr;
    close(output_, on_output_ready_);
    end(SIGKILL);
  }

  void end(int signal_number) {
    ended_by_us_ = true;
    kill_group(signal_number);
  }

 private:
  struct Ready final : Poller::Watch {
    Ready(Process& process, void (Process::*function)()) : owner(process), call(function) {}
    void on_ready(std::uint32_t /*events*/) override { (owner.*call)(); }
    Process& owner;
    void (Process::*call)();
  };

  void close(Descriptor& descriptor, Ready& watch) {
    if (descriptor.open()) core_.poller.remove(descriptor.number(), watch);
    descriptor.reset();
  }

  void kill_group(int signal_number) const {
    // Afterwards the number may belong to somebody else.
    if (!reaped_) ::kill(-pid_, signal_number);
  }

  void reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  void has_ended() {
    const auto self = shared_from_this();
    core_.let_go(this);
    if (ended_by_us_) kill_group(SIGKILL);
    reap();
    read_output();
    close(exit_, on_exit_ready_);
    close(output_, on_output_ready_);
    if (!on_exit_) return;
    // The function destroys what it is kept in.
    OnExit on_exit = std::move(on_exit_);
    on_exit({exit_status_, std::move(tail_)});
  }

  void has_written() {
    if (!read_output()) close(output_, on_output_ready_);
  }

  // Takes what is there now; false at the end of the output.
  bool read_output() {
    if (!output_.open()) return false;
    std::array<char, 4096> buffer{};
    // Bounded, so that a command that writes without end does not hold up the loop.
    for (int i = 0; i < 16; ++i) {
      const ssize_t size = ::read(output_.number(), buffer.data(), buffer.size());
      if (size < 0) return errno == EAGAIN || errno == EINTR;
      if (size == 0) return false;
      tail_.append(buffer.data(), static_cast<std::size_t>(size));
      if (tail_.size() > kOutputBytes) tail_.erase(0, tail_.size() - kOutputBytes);
    }
    return true;
  }

  Loop::Core& core_;
  const pid_t pid_;
  Descriptor exit_;
  Descriptor output_;
  Ready on_exit_ready_{*this, &Process::has_ended};
  Ready on_output_ready_{*this, &Process::has_written};
  OnExit on_exit_;
  std::string tail_;
  int exit_status_ = 0;
  bool reaped_ = false;
  bool ended_by_us_ = false;
};

ChildProcess::ChildProcess(std::shared_ptr<Process> process) : process_(std::move(process)) {}

ChildProcess::~ChildProcess() {
  process_->abandon();
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Loop& loop,
                                                          const std::string& shell_command,
                                                          const Environment& environment,
                                                          OnExit on_exit) {
  const auto failed = [](int error) {
    return make_error(ErrorKind::Unreachable,
                      fmt::format("the command cannot be started: {}", std::strerror(error)));
  };
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed(errno);
  Descriptor output(ends[0]);
  ::fcntl(output.number(), F_SETFL, O_NONBLOCK);
  const pid_t pid = spawn_shell(shell_command, environment, ends[1]);
  ::close(ends[1]);
  if (pid <= 0) return failed(-pid);
  Descriptor pid_fd(open_pid_fd(pid));
  const int error = pid_fd.open() ? 0 : errno;
  auto process = std::make_shared<Process>(loop, pid, std::move(pid_fd), std::move(output));
  if (error != 0) return failed(error);
  if (const int reason = process->watch(std::move(on_exit))) {
    loop.core().let_go(process.get());
    return failed(reason);
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(process)));
}

void ChildProcess::end(int signal_number) {
  process_->end(signal_number);
}

}  // namespace understudy::net

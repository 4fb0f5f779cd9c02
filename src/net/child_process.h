#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_function.h"
#include "net/loop.h"

namespace understudy::net {

// A shell command that runs beside the loop, which it never blocks. It has a process group of its
// own, reads nothing and inherits no descriptor of ours. Loop thread only.
class ChildProcess {
 public:
  static constexpr std::size_t kOutputBytes = 4096;

  // Added to our own variables; a name that is there already gets the new value.
  using Environment = std::vector<std::pair<std::string, std::string>>;
  struct Exit {
    int status = 0;      // 128 + number after a signal
    std::string output;  // the last kOutputBytes of standard output and standard error
  };
  using OnExit = UniqueFunction<void(Exit)>;

  // Runs `/bin/sh -c shell_command`. `on_exit` is called once, never inside a call, when the shell
  // has ended; what it left in the background is not waited for. It may destroy this.
  // Error: Unreachable, if there is no process to be had.
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, const std::string& shell_command,
                                                     const Environment& environment,
                                                     OnExit on_exit);
  // Kills it with everything in its group, without a call of `on_exit`; no zombie stays.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Sends a signal to its group, and SIGKILL to what is left of that once the shell has ended.
  void end(int signal_number);

 private:
  class Process;
  explicit ChildProcess(std::shared_ptr<Process> process);

  const std::shared_ptr<Process> process_;
};

}  // namespace understudy::net

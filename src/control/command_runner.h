#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "base/unique_function.h"
#include "net/child_process.h"
#include "net/loop.h"
#include "net/timer.h"

namespace understudy::control {

struct CommandRequest {
  std::string command;  // for /bin/sh -c
  // Added to our own environment; a name that is there already gets this value.
  net::ChildProcess::Environment environment;
  Duration timeout = std::chrono::seconds(30);
  Duration grace = std::chrono::seconds(2);  // from SIGTERM to SIGKILL, after the timeout
};

struct CommandResult {
  int exit_status = 0;  // 128 + number after a signal
  std::string output;   // the end of standard output and standard error: at most 4 KiB
};

// An external command with a deadline; see net::ChildProcess. Loop thread only.
class RunningCommand {
 public:
  using Done = UniqueFunction<void(Result<CommandResult>)>;

  // Starts it. `done` is called once, never inside this call, and may destroy this.
  // Errors: Unreachable (cannot be started), Timeout (was ended; with its last words). A command
  // that fails is no error: see exit_status.
  RunningCommand(net::Loop& loop, const CommandRequest& request, Done done);
  // Kills it with everything in its group, without a call of `done`.
  ~RunningCommand();
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

 private:
  void time_is_over(Duration timeout, Duration grace);
  void ended(net::ChildProcess::Exit& exit);
  void finish(Result<CommandResult> result);

  net::Timer timer_;
  Done done_;
  std::unique_ptr<net::ChildProcess> process_;
  std::optional<Error> timed_out_;
};

// The output as one line for a log: without its last line break, others as " | ".
std::string one_line(const std::string& output);

}  // namespace understudy::control

#include "control/command_runner.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

namespace understudy::control {

RunningCommand::RunningCommand(net::Loop& loop, const CommandRequest& request, Done done)
    : timer_(loop), done_(std::move(done)) {
  auto started = net::ChildProcess::start(loop, request.command, request.environment,
                                          [this](net::ChildProcess::Exit exit) { ended(exit); });
  if (!started) {
    timer_.start(Duration::zero(), [this, error = started.error()] { finish(error); });
    return;
  }
  process_ = std::move(started).value();
  timer_.start(request.timeout, [this, timeout = request.timeout, grace = request.grace] {
    time_is_over(timeout, grace);
  });
}

RunningCommand::~RunningCommand() = default;

void RunningCommand::time_is_over(Duration timeout, Duration grace) {
  timed_out_ = make_error(ErrorKind::Timeout,
                          fmt::format("the command did not end within {} ms", to_ms(timeout)));
  process_->end(SIGTERM);
  timer_.start(grace, [this] { process_->end(SIGKILL); });
}

void RunningCommand::ended(net::ChildProcess::Exit& exit) {
  timer_.cancel();
  if (!timed_out_) return finish(CommandResult{exit.status, std::move(exit.output)});
  if (!exit.output.empty()) timed_out_->message += ": " + one_line(exit.output);
  finish(std::move(*timed_out_));
}

void RunningCommand::finish(Result<CommandResult> result) {
  // The callback may destroy this.
  Done done = std::move(done_);
  done(std::move(result));
}

std::string one_line(const std::string& output) {
  std::string line;
  for (std::size_t start = 0; start < output.size();) {
    const std::size_t end = std::min(output.find('\n', start), output.size());
    if (end > start) line += (line.empty() ? "" : " | ") + output.substr(start, end - start);
    start = end + 1;
  }
  return line;
}

}  // namespace understudy::control

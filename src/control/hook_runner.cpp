#include "control/hook_runner.h"

#include <fmt/format.h>

#include <utility>

namespace understudy::control {

HookRunner::HookRunner(net::Loop& loop, EventLog& events, const config::Hooks& hooks)
    : loop_(loop), events_(events), hooks_(hooks) {}

HookRunner::~HookRunner() = default;

void HookRunner::run(Hook hook, const HookOccasion& occasion) {
  const auto request = hook_command(hooks_, hook, occasion);
  if (!request) return;
  const std::uint64_t number = ++last_number_;
  running_[number] = std::make_unique<RunningCommand>(
      loop_, *request,
      [this, number, hook](const Result<CommandResult>& result) { ended(number, hook, result); });
}

void HookRunner::ended(std::uint64_t number, Hook hook, const Result<CommandResult>& result) {
  // It is calling: destroyed in the next turn.
  loop_.post([gone = std::move(running_.at(number))] {});
  running_.erase(number);
  Event::Fields fields = {{"hook", std::string(to_text(hook))}};
  if (result.ok() && result->exit_status == 0) {
    if (!result->output.empty()) fields.emplace_back("output", one_line(result->output));
    return events_.add("hook_done", std::move(fields));
  }
  fields.emplace_back("reason", result.ok() ? fmt::format("exit status {}: {}", result->exit_status,
                                                          one_line(result->output))
                                            : result.error().message);
  events_.add("hook_failed", std::move(fields));
}

}  // namespace understudy::control

#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "config/config.h"
#include "control/command_runner.h"
#include "control/event_log.h"
#include "control/hooks.h"
#include "net/loop.h"

namespace understudy::control {

// Runs the commands around changes of the primary beside everything else: nothing waits for them.
// How one ended is an event: hook_done or hook_failed. Control loop only.
class HookRunner {
 public:
  // All references outlive this.
  HookRunner(net::Loop& loop, EventLog& events, const config::Hooks& hooks);
  ~HookRunner();
  HookRunner(const HookRunner&) = delete;
  HookRunner& operator=(const HookRunner&) = delete;

  // Does nothing if no such command is configured.
  void run(Hook hook, const HookOccasion& occasion);

 private:
  void ended(std::uint64_t number, Hook hook, const Result<CommandResult>& result);

  net::Loop& loop_;
  EventLog& events_;
  const config::Hooks& hooks_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::unique_ptr<RunningCommand>> running_;
};

}  // namespace understudy::control

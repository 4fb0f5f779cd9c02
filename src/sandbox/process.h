#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "sandbox/sandbox.h"

namespace understudy::sandbox {

struct ProcessOutput {
  int exit_status = 0;  // 128 + number after a signal
  std::string text;     // standard output and standard error
};

// Runs a program to its end. `input` is what it reads (under 64 KiB), `environment` is added to
// ours. Error: Unreachable if it cannot be started.
Result<ProcessOutput> run(const std::vector<std::string>& command, std::string_view input = {},
                          const std::vector<std::string>& environment = {});

// Starts a program in its own session, without our descriptors, its output appended to `log`.
// Returns its process id, which process_state() knows from now on.
Result<int> spawn_detached(const std::vector<std::string>& command,
                           const std::filesystem::path& log);

// What /proc says of `pid`, if one of its arguments is `argument`; Dead otherwise, also for a
// zombie.
ServerState process_state(int pid, std::string_view argument);

// The program in `first`, in PATH or in the folders where Debian keeps servers. Error: Unreachable.
Result<std::filesystem::path> find_program(std::string_view name, std::string_view package,
                                           const std::filesystem::path& first = {});

// Asks `condition` every 10 ms until it is true or the time is over; says which.
template <typename Condition>
bool wait_until(Duration timeout, Condition condition);

bool wait_until_impl(Duration timeout, bool (*condition)(void*), void* context);

template <typename Condition>
bool wait_until(Duration timeout, Condition condition) {
  return wait_until_impl(
      timeout, [](void* context) { return (*static_cast<Condition*>(context))(); }, &condition);
}

}  // namespace understudy::sandbox

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/sandbox.h"
#include "sandbox/state.h"

namespace understudy::sandbox {

ServerStatus status_of(const ServerPaths& server);

// Starts the process; does not wait for it. Error: Invalid if the port is taken.
Result<void> launch(const ServerPaths& server, const State& state,
                    const std::vector<std::string>& arguments = {});

// Waits until the server greets clients. Error: Unreachable, with the last error of its log.
Result<void> wait_ready(const ServerPaths& server);

// What a running server prints for SQL that the service account sends through its socket. Error:
// Server, or Unreachable if the client program is missing.
Result<std::string> run_sql(const ServerPaths& server, const State& state, std::string_view sql);

// Makes a running server replicate from `primary`, from `position` if it is not empty, unless it
// replicates already, and waits until both threads run.
Result<void> wait_replicating(const ServerPaths& server, const ServerPaths& primary,
                              const State& state, std::string_view position = {});

// Ends all of them at once: SIGTERM, and SIGKILL for those that are not gone in time.
void end_all(const std::vector<ServerPaths>& servers);

// Sends `signal` and waits for its effect. Error: Invalid if it is not running.
Result<void> send(const ServerPaths& server, ServerSignal signal);

}  // namespace understudy::sandbox

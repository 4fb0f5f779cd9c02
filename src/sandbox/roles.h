#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "sandbox/flavour.h"
#include "sandbox/state.h"

// Which server is the primary: the sandbox does not remember it, since others change it.
namespace understudy::sandbox {

// What each server says of itself; a paused one is not asked.
std::vector<SeenServer> look_at(const std::vector<ServerPaths>& servers, const State& state);

// Of the servers that answer and replicate from nobody: the one that most others follow, else one
// that takes writes, else the first. Nothing if there is none.
std::optional<std::size_t> find_primary(const std::vector<ServerPaths>& servers,
                                        const std::vector<SeenServer>& seen);

// Opens the primary if it is not, and lets servers that are new replicate from it. Returns when
// all replicas replicate. A server that was a primary once and stands alone is left alone.
// Error: Invalid if there is no primary, Unreachable if a replica does not replicate.
Result<void> set_roles(const std::vector<ServerPaths>& servers, const State& state);

// Opens a server that has just started if it replicates from nobody and no other one takes writes.
// Error: Server.
Result<void> open_if_alone(const ServerPaths& server, const std::vector<ServerPaths>& servers,
                           const State& state);

}  // namespace understudy::sandbox

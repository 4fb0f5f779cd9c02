#pragma once

#include <cstdint>
#include <string>

#include "sandbox/state.h"

namespace understudy::sandbox {

// my.cnf of one server; `index` 0 is the first primary.
std::string settings_text(const ServerPaths& server, const State& state, std::uint32_t index,
                          bool as_root);

// Creates the accounts, in a fresh data directory before its first start.
std::string accounts_sql(const State& state);

// Makes a server a replica of `primary`.
std::string replicate_sql(const ServerPaths& primary, const State& state);

// The configuration with which `understudy serve` runs on these servers.
std::string understudy_toml(const std::vector<ServerPaths>& servers, const State& state);

}  // namespace understudy::sandbox

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/state.h"

namespace understudy::sandbox {

// my.cnf of one server: read-only, as every server behind a failover manager should start; who
// makes it the primary opens it.
std::string settings_text(const ServerPaths& server, const State& state, std::uint32_t index,
                          bool as_root);

// The arguments that make a server start as the primary all the same.
std::vector<std::string> primary_arguments(const State& state);
// Opens a running server for writes.
std::string open_sql(const State& state);

// Creates the accounts, in a fresh data directory before its first start.
std::string accounts_sql(const State& state);

// Makes a server a replica of `primary`, from where `position` (a list of GTIDs) is; empty: from
// where it is itself.
std::string replicate_sql(const ServerPaths& primary, const State& state,
                          std::string_view position = {});

// The configuration with which `understudy serve` runs on these servers. `rebuild` is the command
// for hooks.rebuild.
std::string understudy_toml(const std::vector<ServerPaths>& servers, const State& state,
                            std::string_view rebuild);

}  // namespace understudy::sandbox

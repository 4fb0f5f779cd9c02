#pragma once

#include <cstdint>
#include <string>

#include "sandbox/state.h"

namespace understudy::sandbox {

// Flavour::settings() and Flavour::accounts() of MySQL.
std::string mysql_settings(const ServerPaths& server, const State& state, std::uint32_t index,
                           bool as_root);
std::string mysql_accounts(const State& state);

}  // namespace understudy::sandbox

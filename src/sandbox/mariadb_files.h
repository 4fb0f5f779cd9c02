#pragma once

#include <cstdint>
#include <string>

#include "sandbox/state.h"

namespace understudy::sandbox {

// Flavour::settings() and Flavour::accounts() of MariaDB.
std::string mariadb_settings(const ServerPaths& server, const State& state, std::uint32_t index,
                             bool as_root);
std::string mariadb_accounts(const State& state);

}  // namespace understudy::sandbox

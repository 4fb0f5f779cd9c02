#pragma once

#include <string>

#include "base/result.h"
#include "sandbox/state.h"

namespace understudy::sandbox {

// Flavour::copy_data() of MariaDB: streams a copy of the source, by mariadb-backup.
Result<std::string> back_up(const ServerPaths& source, const ServerPaths& server,
                            const State& state);

}  // namespace understudy::sandbox

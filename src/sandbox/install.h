#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "sandbox/state.h"

namespace understudy::sandbox {

// Makes the servers' folders, settings and data directories: one is installed, with the accounts,
// and copied. Errors: Unreachable (programs missing, installation failed, with its last words),
// Invalid (a folder cannot be written).
Result<void> install(const std::filesystem::path& directory, const State& state,
                     const std::vector<ServerPaths>& servers);

}  // namespace understudy::sandbox

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/state.h"

namespace understudy::sandbox {

// The configuration with which `understudy serve` runs on these servers. `rebuild` is the command
// for hooks.rebuild.
std::string understudy_toml(const std::vector<ServerPaths>& servers, const State& state,
                            std::string_view rebuild);

}  // namespace understudy::sandbox

#pragma once

#include "base/result.h"
#include "sandbox/state.h"

namespace understudy::sandbox {

// sandbox::rebuild() for servers that were found.
Result<void> rebuild_server(const ServerPaths& server, const ServerPaths& source,
                            const ServerPaths& primary, const State& state);

}  // namespace understudy::sandbox

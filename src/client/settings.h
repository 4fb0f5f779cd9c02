#pragma once

#include <string>

#include "base/result.h"
#include "client/engine.h"
#include "understudy/cluster.h"

// From what a program configures to what the parts of an Engine are given. Pure but for
// settings_from_file, which reads the file.
namespace understudy::client {

// Errors: Invalid, one line that says what is wrong.
Result<EngineSettings> settings_from_options(const ClusterOptions& options);
Result<EngineSettings> settings_from_file(const std::string& path);

backend::SessionOptions session_options(const ReadOptions& reads);

}  // namespace understudy::client

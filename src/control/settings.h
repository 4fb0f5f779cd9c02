#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "control/backend_link.h"
#include "control/failover_manager.h"
#include "control/monitor.h"

// From the configuration to what the parts of this folder are given.
namespace understudy::control {

// Reads a configuration file and what it refers to (password_file, password_env); what TLS is made
// of is only checked. Blocks.
// Error: Invalid, one line that says what is wrong.
Result<config::Config> load_config(const std::string& path);

std::vector<LinkTarget> link_targets(const config::Config& config);
MonitorSettings monitor_settings(const config::Config& config);
FailoverManagerSettings failover_settings(const config::Config& config);

}  // namespace understudy::control

#pragma once

#include <string>

#include "app/command_line.h"
#include "base/result.h"
#include "config/config.h"

namespace CLI {
class App;
}

// One function for each command: adds it to the command line, to be run when it is named there.
// A command throws CommandError for its one line of what is wrong.
namespace understudy::app {

// How a command ends that failed. Thrown and caught within this folder, through CLI11's callbacks.
struct CommandError {
  ExitStatus status = kFailed;
  std::string message;
};

void add_serve(CLI::App& app);
void add_check(CLI::App& app);
void add_admin_commands(CLI::App& app);  // status, drain, resume, switchover, failover, rejoin
void add_explain(CLI::App& app);
void add_sandbox(CLI::App& app);

// The configuration of a command's --config FILE, or CommandError of kBadUsage.
config::Config require_config(const std::string& path);

}  // namespace understudy::app

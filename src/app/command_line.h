#pragma once

namespace understudy::app {

enum ExitStatus : int { kDone = 0, kFailed = 1, kBadUsage = 2 };

// Runs `understudy COMMAND …` and returns the exit status. What fails is told on standard error in
// one line.
int run_command_line(int count, char** arguments);

}  // namespace understudy::app

#pragma once

#include <memory>
#include <string>
#include <thread>

#include "net/loop.h"

namespace understudy::net {

// Names the calling thread, for those who look at a process (top -H): 15 letters at most.
void name_thread(const std::string& name);

// A thread of this name that runs a loop until its stop(), and takes none of the program's signals.
// It keeps `owner`, of the loop perhaps, until it ends.
std::thread run_in_thread(Loop& loop, std::string name,
                          std::shared_ptr<const void> owner = nullptr);

}  // namespace understudy::net

#pragma once

#include <memory>
#include <thread>

#include "net/loop.h"

namespace understudy::net {

// A thread that runs a loop until its stop(), and takes none of the program's signals.
std::thread run_in_thread(Loop& loop);

// The same; the thread keeps `owner` of the loop until it ends.
std::thread run_in_thread(Loop& loop, std::shared_ptr<const void> owner);

}  // namespace understudy::net

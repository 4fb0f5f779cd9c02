#pragma once

#include <thread>

#include "net/loop.h"

namespace understudy::net {

// A thread that runs a loop until its stop(), and takes none of the program's signals.
std::thread run_in_thread(Loop& loop);

}  // namespace understudy::net

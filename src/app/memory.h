#pragma once

namespace understudy::app {

// From now on the process gives large blocks back to the system when they are free. By itself the C
// library keeps up to 64 MiB for each thread as soon as it has seen a large one. Before there are
// threads.
void give_large_blocks_back();

}  // namespace understudy::app

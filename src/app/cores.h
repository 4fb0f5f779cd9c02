#pragma once

#include <cstdint>

namespace understudy::app {

// How many cores the calling thread may run on (taskset, cgroup cpusets); at least 1.
// std::thread::hardware_concurrency counts those that are switched on, whoever may use them.
std::uint32_t usable_cores();

}  // namespace understudy::app

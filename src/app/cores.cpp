#include "app/cores.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace understudy::app {

std::uint32_t usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  // It fails on machines with more cores than the set has room for.
  const bool known = sched_getaffinity(0, sizeof(cores), &cores) == 0;
  const auto count =
      known ? static_cast<std::uint32_t>(CPU_COUNT(&cores)) : std::thread::hardware_concurrency();
  return std::max(1u, count);
}

}  // namespace understudy::app

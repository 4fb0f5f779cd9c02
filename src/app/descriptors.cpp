#include "app/descriptors.h"

#include <sys/resource.h>

namespace understudy::app {

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit wanted{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) return wanted.rlim_cur;
  return limit.rlim_cur;
}

}  // namespace understudy::app

#include "app/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <thread>

namespace understudy::app {
namespace {

void stay_on_one_core() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  ASSERT_EQ(sched_getaffinity(0, sizeof(cores), &cores), 0);
  int first = 0;
  while (!CPU_ISSET(first, &cores))
    ++first;
  CPU_ZERO(&cores);
  CPU_SET(first, &cores);
  ASSERT_EQ(sched_setaffinity(0, sizeof(cores), &cores), 0);
}

TEST(CoresTest, OnlyThoseThatMayBeUsedCount) {
  std::uint32_t cores = 0;
  std::thread bound([&cores] {
    stay_on_one_core();
    cores = usable_cores();
  });
  bound.join();
  EXPECT_EQ(cores, 1U);
}

}  // namespace
}  // namespace understudy::app

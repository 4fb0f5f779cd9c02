#include "net/signals.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <optional>
#include <vector>

#include "loop_driver.h"

namespace understudy::net {
namespace {

TEST(SignalsTest, ReportsEachSignalOnTheLoop) {
  Loop loop;
  std::vector<int> seen;
  const Signals signals(loop, {SIGTERM, SIGHUP}, [&](int number) { seen.push_back(number); });
  ::raise(SIGHUP);
  EXPECT_TRUE(seen.empty());
  ASSERT_TRUE(test::run_until(loop, [&] { return seen.size() == 1; }));
  ::raise(SIGTERM);
  ASSERT_TRUE(test::run_until(loop, [&] { return seen.size() == 2; }));
  EXPECT_EQ(seen, (std::vector<int>{SIGHUP, SIGTERM}));
}

TEST(SignalsTest, MayBeDestroyedInsideItsFunction) {
  Loop loop;
  std::optional<Signals> signals;
  int calls = 0;
  signals.emplace(loop, std::initializer_list<int>{SIGUSR1}, [&](int) {
    ++calls;
    signals.reset();
  });
  ::raise(SIGUSR1);
  ASSERT_TRUE(test::run_until(loop, [&] { return calls == 1; }));
  test::run_what_is_ready(loop);
}

}  // namespace
}  // namespace understudy::net

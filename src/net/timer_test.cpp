#include "net/timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "loop_driver.h"

namespace understudy::net {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(TimerTest, ExpiresOnceAndNotEarly) {
  Loop loop;
  Timer timer(loop);
  int calls = 0;
  const Instant start = Loop::now();
  Instant expired{};
  timer.start(milliseconds(20), [&] {
    ++calls;
    expired = Loop::now();
  });
  EXPECT_TRUE(timer.active());
  ASSERT_TRUE(test::run_until(loop, [&] { return calls > 0; }));
  EXPECT_FALSE(timer.active());
  EXPECT_GE(expired - start, milliseconds(20));
  test::run_what_is_ready(loop);
  EXPECT_EQ(calls, 1);
}

TEST(TimerTest, ExpiresInOrderOfTime) {
  Loop loop;
  Random random(7);
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<Duration> expired;
  for (int i = 0; i < 200; ++i) {
    const Duration delay = microseconds(random.below(30'000));
    timers.push_back(std::make_unique<Timer>(loop));
    timers.back()->start(hours(1), [&expired, delay] { expired.push_back(delay); });
    timers.back()->restart(delay);
    if (i % 3 == 0) timers.back()->cancel();
  }
  std::size_t active = 0;
  for (const auto& timer : timers)
    active += timer->active() ? 1 : 0;
  ASSERT_TRUE(test::run_until(loop, [&] { return expired.size() >= active; }));
  EXPECT_EQ(expired.size(), active);
  // Started within the loop above, so neighbours may differ by the time that it took.
  for (std::size_t i = 1; i < expired.size(); ++i)
    EXPECT_GE(expired[i] + milliseconds(25), expired[i - 1]);
}

TEST(TimerTest, CancelledTimerStaysSilentThoughDue) {
  Loop loop;
  Timer first(loop);
  Timer second(loop);
  bool second_called = false;
  bool done = false;
  // Both are due in the same turn; the first one cancels the second.
  first.start(Duration::zero(), [&] { second.cancel(); });
  second.start(Duration::zero(), [&] { second_called = true; });
  Timer last(loop);
  last.start(milliseconds(5), [&] { done = true; });
  ASSERT_TRUE(test::run_until(loop, [&] { return done; }));
  EXPECT_FALSE(second_called);
}

TEST(TimerTest, StartForgetsTheEarlierStart) {
  Loop loop;
  Timer timer(loop);
  std::vector<int> calls;
  timer.start(milliseconds(1), [&] { calls.push_back(1); });
  timer.start(milliseconds(2), [&] { calls.push_back(2); });
  ASSERT_TRUE(test::run_until(loop, [&] { return !calls.empty(); }));
  EXPECT_EQ(calls, std::vector<int>{2});
}

TEST(TimerTest, MayRestartItselfInsideItsFunction) {
  Loop loop;
  Timer timer(loop);
  int calls = 0;
  timer.start(Duration::zero(), [&] {
    if (++calls < 3) timer.restart(microseconds(100));
  });
  ASSERT_TRUE(test::run_until(loop, [&] { return calls == 3; }));
  timer.restart(Duration::zero());
  ASSERT_TRUE(test::run_until(loop, [&] { return calls == 4; }));
}

TEST(TimerTest, MayBeDestroyedInsideItsFunction) {
  Loop loop;
  std::optional<Timer> timer;
  timer.emplace(loop);
  int calls = 0;
  auto owned = std::make_unique<int>(5);
  timer->start(Duration::zero(), [&, owned = std::move(owned)] {
    timer.reset();
    calls += *owned;  // what the function owns is still there
  });
  ASSERT_TRUE(test::run_until(loop, [&] { return calls != 0; }));
  EXPECT_EQ(calls, 5);
}

TEST(TimerTest, EarlierTimerStartedLaterIsNotLate) {
  Loop loop;
  Timer late(loop);
  Timer early(loop);
  bool early_called = false;
  late.start(hours(1), [] {});
  early.start(milliseconds(1), [&] { early_called = true; });
  EXPECT_TRUE(test::run_until(loop, [&] { return early_called; }));
  EXPECT_TRUE(late.active());
}

}  // namespace
}  // namespace understudy::net

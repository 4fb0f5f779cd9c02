#include "replication/lag_tracker.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace understudy::replication {
namespace {

using std::chrono::milliseconds;

Instant at(std::int64_t ms) {
  return Instant(milliseconds(ms));
}

Position sequence(std::uint64_t number) {
  Position position;
  position.add({0, 1, number});
  return position;
}

TEST(LagTrackerTest, KnowsNothingBeforeThePrimaryWasSeen) {
  EXPECT_FALSE(LagTracker().age_of(sequence(5), at(0)));
}

TEST(LagTrackerTest, ACoveredNewestPositionIsNoLagAndAsFreshAsTheLastLook) {
  LagTracker tracker;
  tracker.observe_primary(at(100), sequence(5));
  tracker.observe_primary(at(200), sequence(5));
  tracker.observe_primary(at(300), sequence(5));
  const auto age = tracker.age_of(sequence(5), at(300));
  ASSERT_TRUE(age);
  EXPECT_EQ(age->lag, Duration::zero());
  EXPECT_EQ(age->covers_primary_as_of, at(300));
  EXPECT_EQ(tracker.size(), 1u);
}

TEST(LagTrackerTest, LagCountsFromTheFirstLookAtAMissingPosition) {
  LagTracker tracker;
  tracker.observe_primary(at(100), sequence(5));
  tracker.observe_primary(at(200), sequence(6));
  tracker.observe_primary(at(300), sequence(6));
  tracker.observe_primary(at(400), sequence(9));
  const auto age = tracker.age_of(sequence(5), at(1000));
  ASSERT_TRUE(age);
  EXPECT_EQ(age->lag, milliseconds(800));
  EXPECT_EQ(age->covers_primary_as_of, at(100));
  const auto later = tracker.age_of(sequence(8), at(1000));
  EXPECT_EQ(later->lag, milliseconds(600));
  EXPECT_EQ(later->covers_primary_as_of, at(300));
}

TEST(LagTrackerTest, AReplicaAskedBeforeThePrimaryIsNotBlamed) {
  LagTracker tracker;
  tracker.observe_primary(at(100), sequence(5));
  tracker.observe_primary(at(400), sequence(9));
  EXPECT_EQ(tracker.age_of(sequence(5), at(399))->lag, Duration::zero());
}

TEST(LagTrackerTest, SaysWhenTheRealLagMayBeLonger) {
  LagTracker tracker;
  tracker.observe_primary(at(100), sequence(5));
  const auto age = tracker.age_of(sequence(2), at(150));
  EXPECT_FALSE(age->lag_is_exact);
  EXPECT_FALSE(age->covers_primary_as_of);
  EXPECT_EQ(age->lag, milliseconds(50));
}

TEST(LagTrackerTest, ForgetsAHistoryThatIsNotContinued) {
  LagTracker tracker;
  tracker.observe_primary(at(100), sequence(50));
  tracker.observe_primary(at(200), sequence(3));
  EXPECT_EQ(tracker.size(), 1u);
  EXPECT_EQ(tracker.age_of(sequence(3), at(200))->covers_primary_as_of, at(200));
}

TEST(LagTrackerTest, AnHourOfABusyPrimaryFitsAndIsNeverUnderstated) {
  LagTracker tracker;
  const std::int64_t step = 250;
  const std::int64_t end = 3'600'000;
  for (std::int64_t ms = 0; ms <= end; ms += step)
    tracker.observe_primary(at(ms), sequence(static_cast<std::uint64_t>(ms / step) + 1));
  EXPECT_LE(tracker.size(), 1024u);
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto number = random.below(static_cast<std::uint64_t>(end / step)) + 1;
    const auto age = tracker.age_of(sequence(number), at(end));
    ASSERT_TRUE(age);
    // Position `number` was the primary's at (number - 1) * step, and no longer at number * step.
    const auto exact_as_of = at(static_cast<std::int64_t>(number - 1) * step);
    const auto exact_lag = at(end) - at(static_cast<std::int64_t>(number) * step);
    if (age->covers_primary_as_of) {
      ASSERT_LE(*age->covers_primary_as_of, exact_as_of);
    }
    ASSERT_GE(age->lag, exact_lag);
  }
  const auto recent = tracker.age_of(sequence(static_cast<std::uint64_t>(end / step) - 3), at(end));
  EXPECT_EQ(recent->lag, milliseconds(3 * step));
}

}  // namespace
}  // namespace understudy::replication

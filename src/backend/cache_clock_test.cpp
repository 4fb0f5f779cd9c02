#include "backend/cache_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace understudy::backend {
namespace {

using replication::Position;
using replication::ServerId;

Position position(std::uint64_t sequence) {
  Position made;
  made.add({0, 1, sequence});
  return made;
}

// Of MySQL: the numbers from 1 on, and a gap for each range beyond the first.
Position set(std::uint64_t last, std::uint64_t ranges = 1) {
  replication::MySqlGtidSet made;
  made.add({{}, "", 1, last});
  for (std::uint64_t i = 1; i < ranges; ++i)
    made.add({{}, "gaps", 2 * i, 2 * i});
  return Position(std::move(made));
}

Instant at(std::int64_t ms) {
  return Instant(std::chrono::milliseconds(ms));
}

TEST(CacheClockTest, IsClosedUntilItIsOpened) {
  CacheClock clock(2);
  EXPECT_FALSE(clock.read().open);
  clock.open(3, position(10));
  const CacheClock::View view = clock.read();
  EXPECT_TRUE(view.open);
  EXPECT_EQ(view.epoch, 3u);
  EXPECT_EQ(view.number, 1u);
  EXPECT_EQ(view.position, position(10));
  clock.close();
  EXPECT_FALSE(clock.read().open);
}

TEST(CacheClockTest, CountsTransactionsInTheOrderOfTheLog) {
  CacheClock clock(2);
  clock.open(1, position(10));
  EXPECT_EQ(clock.next_number(), 2u);
  clock.advance(position(11), {1, 100});
  clock.set_current_as_of(at(5));
  const CacheClock::View view = clock.read();
  EXPECT_EQ(view.number, 2u);
  EXPECT_EQ(view.position, position(11));
  EXPECT_EQ(view.current_as_of, at(5));
}

TEST(CacheClockTest, KnowsWhichNumberAPositionCovers) {
  CacheClock clock(2);
  clock.open(1, position(10));
  clock.advance(position(12), {1, 100});
  clock.advance(position(15), {1, 200});
  EXPECT_EQ(clock.covered_by(position(9), 1).number, 0u);
  EXPECT_EQ(clock.covered_by(position(10), 1).number, 1u);
  EXPECT_EQ(clock.covered_by(position(14), 1).number, 2u);
  EXPECT_EQ(clock.covered_by(position(14), 1).position, position(12));
  EXPECT_EQ(clock.covered_by(position(99), 1).number, 3u);
  EXPECT_EQ(clock.covered_by(position(99), 2).number, 0u) << "another epoch";
}

TEST(CacheClockTest, KnowsWhatASetOfMySqlCovers) {
  CacheClock clock(2);
  clock.open(1, set(10));
  clock.advance(set(11), {1, 100});
  EXPECT_TRUE(clock.read().open);
  EXPECT_EQ(clock.read().position, set(11));
  EXPECT_EQ(clock.covered_by(set(9), 1).number, 0u);
  EXPECT_EQ(clock.covered_by(set(10), 1).number, 1u);
  EXPECT_EQ(clock.covered_by(set(12), 1).number, 2u);
  clock.close();
  EXPECT_FALSE(clock.read().open);
}

TEST(CacheClockTest, APlaceInTheLogSaysNothingBeforeTheOpeningsEndIsKnown) {
  CacheClock clock(2);
  clock.open(1, position(10));
  clock.advance(position(11), {1, 300});
  EXPECT_EQ(clock.covered_by(BinlogPoint{9, 9}, 1).number, 0u);
  clock.set_opening_end({1, 200});
  EXPECT_EQ(clock.covered_by(BinlogPoint{1, 199}, 1).number, 0u);
  EXPECT_EQ(clock.covered_by(BinlogPoint{1, 200}, 1).number, 1u);
  EXPECT_EQ(clock.covered_by(BinlogPoint{1, 300}, 1).number, 2u);
}

TEST(CacheClockTest, KeepsTheMostThatIsKnownOfAServer) {
  CacheClock clock(2);
  clock.open(1, position(10));
  clock.learn(ServerId(1), {5, position(14)}, 1);
  clock.learn(ServerId(1), {3, position(12)}, 1);
  EXPECT_EQ(clock.known(ServerId(1), 1).number, 5u);
  EXPECT_EQ(clock.known(ServerId(0), 1).number, 0u);
  clock.open(2, position(20));
  EXPECT_EQ(clock.known(ServerId(1), 2).number, 0u);
  clock.learn(ServerId(1), {7, position(21)}, 1);
  EXPECT_EQ(clock.known(ServerId(1), 2).number, 0u) << "of an earlier epoch";
}

TEST(CacheClockTest, TooManyDomainsKeepItClosed) {
  CacheClock clock(1);
  Position many;
  for (std::uint32_t domain = 0; domain <= CacheClock::kDomainsMax; ++domain)
    many.add({domain, 1, 1});
  clock.open(1, many);
  EXPECT_FALSE(clock.read().open);
  clock.open(2, set(9, CacheClock::kRangesMax));
  EXPECT_TRUE(clock.read().open);
  clock.advance(set(9, CacheClock::kRangesMax + 1), {1, 100});
  EXPECT_FALSE(clock.read().open);
}

TEST(CacheClockTest, TellsOnceThatSomebodyWaits) {
  CacheClock clock(1);
  int told = 0;
  clock.on_wanted([&told] { ++told; });
  clock.want_as_of(at(5));
  clock.want_as_of(at(6));
  clock.want_as_of(at(4));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(clock.wanted_as_of(), at(6));
  clock.wanted_seen();
  clock.want_as_of(at(6));
  EXPECT_EQ(told, 1) << "nobody waits for a later moment";
  clock.want_as_of(at(7));
  EXPECT_EQ(told, 2);
}

void read_while_it_advances(Position (*made)(std::uint64_t)) {
  CacheClock clock(1);
  clock.open(1, made(1));
  constexpr std::uint64_t kLast = 20000;
  std::thread writer([&] {
    for (std::uint64_t number = 2; number <= kLast; ++number)
      clock.advance(made(number), {1, number});
  });
  std::uint64_t before = 0;
  while (before < kLast) {
    const CacheClock::View view = clock.read();
    ASSERT_EQ(view.position, made(view.number));
    ASSERT_GE(view.number, before);
    before = view.number;
  }
  writer.join();
}

TEST(CacheClockTest, ReadersNeverSeeHalfOfAMoment) {
  read_while_it_advances(&position);
}

TEST(CacheClockTest, NorOfASet) {
  read_while_it_advances([](std::uint64_t last) { return set(last); });
}

}  // namespace
}  // namespace understudy::backend

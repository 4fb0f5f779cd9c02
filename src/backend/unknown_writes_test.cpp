#include "backend/unknown_writes.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

using replication::DidNotHappen;
using replication::WriteOutcome;

LostWrite sent_in(std::uint64_t epoch) {
  PrimaryMark mark;
  mark.epoch = epoch;
  LostWrite write;
  write.sent_after = std::make_shared<const PrimaryMark>(mark);
  return write;
}

class UnknownWritesTest : public testing::Test {
 protected:
  std::size_t join(std::vector<std::uint64_t>& told) {
    return writes_.join(loop_, [&told](std::uint64_t id, const WriteOutcome& outcome) {
      EXPECT_TRUE(std::holds_alternative<DidNotHappen>(outcome));
      told.push_back(id);
    });
  }
  void run() {
    while (loop_.run_for_a_while({})) {
    }
  }

  net::Loop loop_;
  UnknownWrites writes_;
  std::vector<std::uint64_t> told_first_;
  std::vector<std::uint64_t> told_second_;
  const std::size_t first_ = join(told_first_);
  const std::size_t second_ = join(told_second_);
};

TEST_F(UnknownWritesTest, AreHandedOverWhenEveryWorkerHasReachedTheEpoch) {
  const std::uint64_t one = writes_.add(first_, sent_in(1));
  EXPECT_TRUE(writes_.reached(first_, 2).empty());
  const std::uint64_t two = writes_.add(second_, sent_in(1));
  const auto batch = writes_.reached(second_, 2);
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_TRUE(writes_.reached(second_, 2).empty());
  for (const auto& entry : batch)
    writes_.settle(entry, DidNotHappen{});
  run();
  EXPECT_EQ(told_first_, std::vector{one});
  EXPECT_EQ(told_second_, std::vector{two});
}

TEST_F(UnknownWritesTest, TakesNoneOfAnEpochThatItsWorkerHasLeft) {
  writes_.reached(first_, 2);
  EXPECT_EQ(writes_.add(first_, sent_in(1)), 0u);
  EXPECT_NE(writes_.add(first_, sent_in(2)), 0u);
}

TEST_F(UnknownWritesTest, OneThatNobodyWaitsForIsStillEvidence) {
  const std::uint64_t id = writes_.add(first_, sent_in(1));
  writes_.abandon(id);
  writes_.reached(first_, 2);
  const auto batch = writes_.reached(second_, 2);
  ASSERT_EQ(batch.size(), 1u);
  writes_.settle(batch[0], DidNotHappen{});
  run();
  EXPECT_TRUE(told_first_.empty());
}

TEST_F(UnknownWritesTest, AWorkerThatHasLeftIsNotWaitedForNorTold) {
  writes_.add(second_, sent_in(1));
  writes_.leave(second_);
  const auto batch = writes_.reached(first_, 2);
  ASSERT_EQ(batch.size(), 1u);
  writes_.settle(batch[0], DidNotHappen{});
  run();
  EXPECT_TRUE(told_second_.empty());
}

}  // namespace
}  // namespace understudy::backend

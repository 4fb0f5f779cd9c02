#include "backend/acknowledged.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

using replication::Gtid;
using replication::Position;
using replication::TransactionId;

Position at(std::uint64_t sequence) {
  Position position;
  position.add({0, 1, sequence});
  return position;
}

TEST(Acknowledged, KnowsTheNewestPositionOfTheNewestEpoch) {
  Acknowledged acknowledged;
  acknowledged.note(at(7), 1);
  acknowledged.note(at(5), 1);
  EXPECT_EQ(acknowledged.in_epoch(1), at(7));
  acknowledged.note(at(6), 2);
  EXPECT_EQ(acknowledged.in_epoch(2), at(6));
  EXPECT_TRUE(acknowledged.in_epoch(1).empty());
}

TEST(Acknowledged, ListsEachTransactionAfterAPosition) {
  Acknowledged acknowledged;
  for (const std::uint64_t sequence : {4u, 7u, 5u})
    acknowledged.note(at(sequence), 1);
  acknowledged.note(at(9), 2);
  const auto after = acknowledged.after(at(4));
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, (std::vector<TransactionId>{Gtid{0, 1, 7}, Gtid{0, 1, 5}, Gtid{0, 1, 9}}));
}

TEST(Acknowledged, DoesNotPretendToKnowWhatItForgot) {
  Acknowledged acknowledged;
  for (std::uint64_t sequence = 1; sequence <= Acknowledged::kRecentMax + 3; ++sequence)
    acknowledged.note(at(sequence), 1);
  EXPECT_FALSE(acknowledged.after(at(2)));
  const auto after = acknowledged.after(at(3));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->size(), Acknowledged::kRecentMax);
}

}  // namespace
}  // namespace understudy::backend

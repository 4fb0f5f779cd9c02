#include "replication/binlog_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

BinlogState state(std::string_view text) {
  return BinlogState::parse(text).value();
}

TEST(BinlogStateTest, KeepsEachServerOfADomain) {
  const BinlogState parsed = state("0-2-105, 0-1-100,\n1-1-7,0-2-90");
  EXPECT_THAT(parsed.entries(), ElementsAre(Gtid{0, 1, 100}, Gtid{0, 2, 105}, Gtid{1, 1, 7}));
  EXPECT_THAT(state("").entries(), IsEmpty());
}

TEST(BinlogStateTest, RefusesWhatIsNoState) {
  EXPECT_FALSE(BinlogState::parse("0-1").ok());
  EXPECT_FALSE(BinlogState::parse("0-1-5,x").ok());
}

TEST(BinlogStateTest, SaysWhatAnotherLogDoesNotHave) {
  // The old primary wrote 101 to 105 that the new one, which went on from 100, never got.
  const BinlogState old_primary = state("0-1-105");
  const BinlogState new_primary = state("0-1-100,0-2-400");
  EXPECT_THAT(old_primary.beyond(new_primary), ElementsAre(Gtid{0, 1, 105}));
  EXPECT_THAT(state("0-1-100").beyond(new_primary), IsEmpty());
  EXPECT_THAT(state("0-1-90,0-3-1").beyond(new_primary), ElementsAre(Gtid{0, 3, 1}));
  EXPECT_EQ(to_string(new_primary.beyond(old_primary)), "0-2-400");
}

}  // namespace
}  // namespace understudy::replication

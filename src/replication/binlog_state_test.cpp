#include "replication/binlog_state.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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
  EXPECT_THAT(old_primary.beyond(new_primary).entries(), ElementsAre(Gtid{0, 1, 105}));
  EXPECT_THAT(state("0-1-100").beyond(new_primary).entries(), IsEmpty());
  EXPECT_THAT(state("0-1-90,0-3-1").beyond(new_primary).entries(), ElementsAre(Gtid{0, 3, 1}));
  EXPECT_EQ(to_string(new_primary.beyond(old_primary)), "0-2-400");
}

TEST(BinlogStateTest, SaysWhatBeganAtAServer) {
  const BinlogState both = state("0-1-100,0-2-105,1-1-7");
  EXPECT_EQ(to_string(both.of_server({1, {}})), "0-1-100,1-1-7");
  EXPECT_TRUE(both.has(Gtid{0, 2, 105}));
  EXPECT_TRUE(both.has(Gtid{0, 2, 1}));
  EXPECT_FALSE(both.has(Gtid{0, 2, 106}));
  EXPECT_FALSE(both.has(Gtid{0, 3, 1}));
  EXPECT_FALSE(both.has(MySqlGtid{{}, "", 1}));
}

TEST(BinlogStateTest, SaysWhereTwoLogsPart) {
  EXPECT_EQ(to_string(state("0-1-105").parting_from(state("0-1-100,0-2-400"))), "0-1-100");
  EXPECT_EQ(to_string(state("0-1-105,0-3-7").parting_from(state("0-1-100,0-3-5"))), "0-3-5");
  EXPECT_EQ(to_string(state("0-9-1").parting_from(state("0-1-100"))), "");
}

constexpr std::string_view kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr std::string_view kB = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

TEST(BinlogStateTest, OfMySqlIsTheSetItself) {
  const auto text = [](std::string_view a, std::string_view b) {
    return fmt::format("{}:{},{}:{}", kA, a, kB, b);
  };
  const BinlogState old_primary = state(text("1-105", "1-7"));
  const BinlogState new_primary = state(text("1-100", "1-400"));
  EXPECT_FALSE(old_primary.empty());
  EXPECT_THAT(old_primary.entries(), IsEmpty());
  EXPECT_EQ(to_string(old_primary.beyond(new_primary)), fmt::format("{}:101-105", kA));
  EXPECT_EQ(to_string(new_primary.beyond(old_primary)), fmt::format("{}:8-400", kB));
  EXPECT_TRUE(old_primary.beyond(old_primary).empty());
  EXPECT_EQ(to_string(old_primary.of_server({1, *parse_uuid(kB)})), fmt::format("{}:1-7", kB));
  EXPECT_EQ(to_string(old_primary.parting_from(new_primary)), text("1-100", "1-7"));
  EXPECT_TRUE(old_primary.has(MySqlGtid{*parse_uuid(kA), "", 105}));
  EXPECT_FALSE(old_primary.has(MySqlGtid{*parse_uuid(kA), "", 106}));
  EXPECT_FALSE(old_primary.has(Gtid{0, 1, 1}));
}

}  // namespace
}  // namespace understudy::replication

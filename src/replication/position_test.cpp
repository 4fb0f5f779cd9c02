#include "replication/position.h"

#include <gtest/gtest.h>

#include <vector>

namespace understudy::replication {
namespace {

Position position(std::string_view text) {
  auto parsed = Position::parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? std::move(parsed).value() : Position();
}

TEST(PositionTest, ReadsWhatItWrites) {
  for (const char* text :
       {"", "0-1-100", "0-1-100,1-2-5", "0-1-1,1-2-2,2-3-3,7-4-18446744073709551615"})
    EXPECT_EQ(to_string(position(text)), text);
}

TEST(PositionTest, SortsDomainsAndAcceptsSpaces) {
  EXPECT_EQ(to_string(position(" 9-1-4,\n0-1-7, 3-2-1 ")), "0-1-7,3-2-1,9-1-4");
}

TEST(PositionTest, KeepsTheHigherOfTwoEntriesOfADomain) {
  EXPECT_EQ(to_string(position("0-1-7,0-2-9,0-3-8")), "0-2-9");
}

TEST(PositionTest, RefusesWhatIsNoPosition) {
  for (const char* text :
       {"x", "0-1", "0-1-", "0-1-2-3", "0-1-2,", ",0-1-2", "-1-1-1", "0-1-2;DROP", "4294967296-1-1",
        "0-1-18446744073709551616", "0 -1-2", "0-1-2'"}) {
    const auto parsed = Position::parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::Invalid) << text;
  }
}

TEST(PositionTest, RefusesTooManyDomains) {
  std::string text;
  for (std::size_t i = 0; i <= Position::kMaxDomains; ++i)
    text += (i == 0 ? "" : ",") + std::to_string(i) + "-1-1";
  const auto parsed = Position::parse(text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::Exhausted);
}

TEST(PositionTest, CoversComparesEveryDomainAndIgnoresServerIds) {
  struct Row {
    const char* position;
    const char* other;
    bool covers;
  };
  const std::vector<Row> rows = {
      {"", "", true},
      {"0-1-5", "", true},
      {"", "0-1-5", false},
      {"0-1-5", "0-1-5", true},
      {"0-1-5", "0-9-5", true},
      {"0-1-5", "0-1-6", false},
      {"0-1-68", "0-9-60", true},
      {"0-1-5,1-1-5", "1-1-5", true},
      {"0-1-5,1-1-5", "0-1-5,1-1-6", false},
      {"0-1-5", "0-1-5,1-1-1", false},
      {"0-1-5,1-1-1,2-1-1", "0-1-5,2-1-1", true},
      {"0-1-5,2-1-1", "0-1-5,1-1-1,2-1-1", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(position(row.position).covers(position(row.other)), row.covers)
        << row.position << " covers " << row.other;
}

TEST(PositionTest, MergeTakesTheHighestOfEachDomain) {
  Position merged = position("0-1-5,2-1-9");
  merged.merge(position("0-2-7,1-1-1,2-1-3,3-3-3"));
  EXPECT_EQ(to_string(merged), "0-2-7,1-1-1,2-1-9,3-3-3");
  merged.merge(merged);
  EXPECT_EQ(to_string(merged), "0-2-7,1-1-1,2-1-9,3-3-3");
}

TEST(PositionTest, EqualityComparesServerIdsToo) {
  EXPECT_EQ(position("0-1-5,1-1-1,2-2-2"), position("2-2-2,0-1-5,1-1-1"));
  EXPECT_FALSE(position("0-1-5") == position("0-2-5"));
  EXPECT_FALSE(position("0-1-5") == position("0-1-5,1-1-1"));
}

}  // namespace
}  // namespace understudy::replication

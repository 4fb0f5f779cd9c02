#include "replication/position.h"

#include <fmt/format.h>
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

constexpr std::string_view kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

Position mysql(std::string_view numbers) {
  return position(fmt::format("{}:{}", kUuid, numbers));
}

TEST(PositionTest, OfMySqlIsASetOfTransactions) {
  const Position some = mysql("1-5:9");
  EXPECT_EQ(some.flavour(), Flavour::MySql);
  EXPECT_FALSE(some.empty());
  EXPECT_EQ(some.domain_count(), 0u);
  EXPECT_EQ(to_string(some), fmt::format("{}:1-5:9", kUuid));
  EXPECT_TRUE(some.covers(mysql("2-3")));
  EXPECT_FALSE(some.covers(mysql("8")));
  EXPECT_EQ(some.ahead_of(mysql("4-9")), 3u);
  EXPECT_EQ(to_string(some.latest()), fmt::format("{}:9", kUuid));
  EXPECT_EQ(some.transactions().size(), 6u);
  EXPECT_EQ(some.transactions(2).size(), 2u);
  EXPECT_TRUE(some.without({0, *parse_uuid(kUuid)}).empty());
}

TEST(PositionTest, CopiesOfMySqlDoNotChangeEachOther) {
  Position one = mysql("1-5");
  const Position copy = one;
  EXPECT_TRUE(one.add(TransactionId(MySqlGtid{*parse_uuid(kUuid), "", 6})));
  EXPECT_EQ(one, mysql("1-6"));
  EXPECT_EQ(copy, mysql("1-5"));
  one.merge(mysql("8"));
  EXPECT_EQ(one, mysql("1-6:8"));
  Position empty;
  empty.merge(one);
  EXPECT_EQ(empty, one);
}

TEST(PositionTest, FlavoursDoNotMix) {
  Position maria = position("0-1-5"), other = mysql("1");
  EXPECT_FALSE(maria.covers(other));
  EXPECT_FALSE(other.covers(maria));
  EXPECT_FALSE(maria == other);
  EXPECT_TRUE(maria.covers(Position()));
  EXPECT_TRUE(other.covers(Position()));
  EXPECT_FALSE(Position() == other);
  maria.merge(other);
  EXPECT_EQ(maria, position("0-1-5"));
  other.merge(maria);
  EXPECT_EQ(other, mysql("1"));
  EXPECT_FALSE(other.add(Gtid{0, 1, 5}));
  EXPECT_FALSE(maria.add(TransactionId(MySqlGtid{{}, "", 1})));
  EXPECT_FALSE(Position::parse("0-1-5," + to_string(other)).ok());
}

TEST(PositionTest, TransactionIdsReadWhatTheyWrite) {
  for (const std::string& text :
       {std::string("0-1-5"), fmt::format("{}:7", kUuid), fmt::format("{}:tag:7", kUuid)}) {
    const auto id = parse_transaction_id(text);
    ASSERT_TRUE(id.ok()) << text;
    EXPECT_EQ(to_string(*id), text);
  }
  for (const std::string& text :
       {std::string(), std::string("0-1-5,1-1-5"), std::string("x"), fmt::format("{}:7-8", kUuid)})
    EXPECT_FALSE(parse_transaction_id(text).ok()) << text;
}

TEST(PositionTest, AheadCountsNumbersOfEachDomain) {
  EXPECT_EQ(position("0-1-9,1-1-4").ahead_of(position("0-2-5")), 8u);
  EXPECT_EQ(position("0-1-3").ahead_of(position("0-2-5")), 0u);
}

}  // namespace
}  // namespace understudy::replication

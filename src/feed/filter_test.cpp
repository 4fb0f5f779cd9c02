#include "feed/filter.h"

#include <gtest/gtest.h>

namespace understudy::feed {
namespace {

using namespace replication;

// Whether the value passes `v CONDITION`; nothing if they cannot be compared.
std::optional<bool> passes(const ColumnValue& value, const std::string& condition) {
  const Result<Filter> filter = parse_filter("v " + condition);
  EXPECT_TRUE(filter.ok()) << condition << ": " << (filter.ok() ? "" : filter.error().message);
  if (!filter.ok()) return std::nullopt;
  const Result<bool> held = holds(filter->at(0), value);
  return held.ok() ? std::optional(*held) : std::nullopt;
}

TEST(FilterTest, NamesAndLiteralsAreReadAsSqlWritesThem) {
  const auto filter = parse_filter(
      "shop.p.`a``b` >= -1.50 and name in ('it''s', \"x\\n\") AND "
      "d is not null AND h = x'4142' AND b = true");
  ASSERT_TRUE(filter.ok()) << filter.error().message;
  ASSERT_EQ(filter->size(), 5u);
  EXPECT_EQ((*filter)[0].column, (ColumnName{"shop", "p", "a`b"}));
  EXPECT_EQ((*filter)[0].with, Operator::GreaterOrEqual);
  EXPECT_EQ((*filter)[0].literals[0], (Literal{Literal::Kind::Number, "-1.50"}));
  EXPECT_EQ((*filter)[1].literals[0].text, "it's");
  EXPECT_EQ((*filter)[1].literals[1].text, "x\n");
  EXPECT_EQ((*filter)[2].with, Operator::IsNotNull);
  EXPECT_EQ((*filter)[3].literals[0], (Literal{Literal::Kind::Binary, "AB"}));
  EXPECT_EQ((*filter)[4].literals[0].text, "1");
}

TEST(FilterTest, WhatIsNotUnderstoodIsNamed) {
  for (const char* text : {"", "a", "a =", "a = b", "a = 1 OR b = 2", "a = 1 AND", "= 1", "a IN ()",
                           "a IN (1", "a < -", "a = 'open", "a.b.c.d = 1", "f(a) = 1", "a LIKE 'x'",
                           "a = x'1'", "a = 0x10", "a = 1; b"}) {
    const auto filter = parse_filter(text);
    EXPECT_FALSE(filter.ok()) << text;
    if (!filter.ok()) {
      EXPECT_TRUE(filter.error().message.starts_with("where: ")) << text;
    }
  }
  EXPECT_NE(parse_filter("a = 1 OR b = 2").error().message.find("OR b = 2"), std::string::npos);
}

TEST(FilterTest, NumbersAreComparedExactly) {
  EXPECT_EQ(passes(std::int64_t{9007199254740993}, "> 9007199254740992"), true);
  EXPECT_EQ(passes(std::uint64_t{18446744073709551615u}, "= 18446744073709551615"), true);
  EXPECT_EQ(passes(std::int64_t{-1}, "< 0"), true);
  EXPECT_EQ(passes(std::int64_t{-2}, "< -10"), false);
  EXPECT_EQ(passes(std::int64_t{100}, "= 1e2"), true);
  EXPECT_EQ(passes(std::int64_t{5}, "= '5'"), true);
  EXPECT_EQ(passes(DecimalText{"1.50"}, "= 1.5"), true);
  EXPECT_EQ(passes(DecimalText{"0.10000000000000000001"}, "> 0.1"), true);
  EXPECT_EQ(passes(DecimalText{"-0.00"}, "= 0"), true);
  EXPECT_EQ(passes(0.5, "<= 0.5"), true);
  EXPECT_EQ(passes(std::int64_t{1}, "<> 1"), false);
  EXPECT_EQ(passes(std::int64_t{3}, "IN (1, 2, 3)"), true);
  EXPECT_EQ(passes(std::int64_t{3}, "NOT IN (1, 2, 3)"), false);
  EXPECT_EQ(passes(std::int64_t{4}, "NOT IN (1, 2, 3)"), true);
  EXPECT_EQ(passes(std::int64_t{5}, "= 'five'"), std::nullopt);
}

TEST(FilterTest, NullPassesOnlyIsNull) {
  EXPECT_EQ(passes(SqlNull{}, "IS NULL"), true);
  EXPECT_EQ(passes(SqlNull{}, "= 1"), false);
  EXPECT_EQ(passes(SqlNull{}, "<> 1"), false);
  EXPECT_EQ(passes(SqlNull{}, "NOT IN (1)"), false);
  EXPECT_EQ(passes(std::int64_t{1}, "IS NOT NULL"), true);
  EXPECT_EQ(passes(Absent{}, "IS NULL"), std::nullopt);
}

TEST(FilterTest, TextsAreComparedAsBytes) {
  EXPECT_EQ(passes(std::string("Lamp"), "= 'lamp'"), false);
  EXPECT_EQ(passes(std::string("\xC3\xA4"), "> 'z'"), true);
  EXPECT_EQ(passes(Bytes{0, 1}, "= x'0001'"), true);
  EXPECT_EQ(passes(std::string("5"), "= 5"), std::nullopt);
}

TEST(FilterTest, DatesAndTimesAreComparedByWhatTheyMean) {
  EXPECT_EQ(passes(CivilDate{2026, 2, 3}, "= '2026-02-03'"), true);
  EXPECT_EQ(passes(CivilTime{{2026, 2, 3}, 0, 0, 0, 0, 3}, "= '2026-02-03'"), true);
  EXPECT_EQ(passes(CivilTime{{2026, 2, 3}, 4, 5, 6, 500000, 3}, "= '2026-02-03 04:05:06.5'"), true);
  EXPECT_EQ(passes(CivilTime{{2026, 2, 3}, 4, 5, 6, 0, 0}, "> '2026-02-03'"), true);
  EXPECT_EQ(passes(UnixTime{60, 0, 0}, "= '1970-01-01T00:01Z'"), true);
  EXPECT_EQ(passes(UnixTime{60, 0, 0}, "< '1970-01-01 00:01:00.000001'"), true);
  EXPECT_EQ(passes(TimeSpan{-90'000'000, 0}, "= '-00:01:30'"), true);
  EXPECT_EQ(passes(TimeSpan{360'000'000'000, 0}, "> '99:59'"), true);
  EXPECT_EQ(passes(CivilDate{2026, 2, 3}, "= 'yesterday'"), std::nullopt);
  EXPECT_EQ(passes(CivilDate{2026, 2, 3}, "= 20260203"), std::nullopt);
}

}  // namespace
}  // namespace understudy::feed

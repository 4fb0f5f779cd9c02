#include "replication/mysql_gtid_set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/random.h"

namespace understudy::replication {
namespace {

constexpr std::string_view kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr std::string_view kB = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

// "A:1-5,B:t:7" with the letters for UUIDs.
std::string full(std::string_view text) {
  std::string result;
  for (const char c : text)
    result += c == 'A' ? std::string(kA) : c == 'B' ? std::string(kB) : std::string(1, c);
  return result;
}

MySqlGtidSet set(std::string_view text) {
  auto parsed = MySqlGtidSet::parse(full(text));
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed ? std::move(parsed).value() : MySqlGtidSet();
}

TEST(MySqlGtidSetTest, WritesWhatItReadsInTheServersOrder) {
  struct Row {
    const char* read;
    const char* written;
  };
  for (const Row& row : {
           Row{"", ""},
           {" , ,", ""},
           {"A:1", "A:1"},
           {"A:1-5:7", "A:1-5:7"},
           {"A:7:1-5", "A:1-5:7"},
           {"A:1-3:4:6-9:5", "A:1-9"},
           {"A:1-10:3-5:10-12", "A:1-12"},
           {"B:1,\n A:2 , A:1", "A:1-2,B:1"},
           {"A:1-2:tag_1:3-4:6:Other:7", "A:1-2:other:7:tag_1:3-4:6"},
           {"A:_t:1,A:3", "A:3:_t:1"},
           {"A:9223372036854775806", "A:9223372036854775806"},
           {"A : 1 - 5 : 7", "A:1-5:7"},
       })
    EXPECT_EQ(to_string(set(row.read)), full(row.written)) << row.read;
  EXPECT_EQ(to_string(*MySqlGtidSet::parse("3E11FA47-71CA-11E1-9E33-C80AA9429562:23")),
            full("A:23"));
}

TEST(MySqlGtidSetTest, RefusesWhatIsNoSet) {
  for (const char* text : {"x",
                           ":",
                           "A",
                           "A:",
                           "A:0",
                           "A:1-0",
                           "A:5-4",
                           "A:1-",
                           "A:-1",
                           "A:1:",
                           "A::1",
                           "A:1-2-3",
                           "A:9223372036854775807",
                           "A:t",
                           "A:t:u:1",
                           "A:t:1:u",
                           "A:1,x",
                           "A:1 2",
                           "A:1t:1",
                           "A:t-u:1",
                           "A:a23456789012345678901234567890123:1",
                           "A:1;DROP",
                           "A1:1",
                           "0-1-5",
                           "A:1,0-1-5",
                           "3e11fa47+71ca-11e1-9e33-c80aa9429562:1",
                           "3e11fa4771ca11e19e33c80aa9429562:1"}) {
    const auto parsed = MySqlGtidSet::parse(full(text));
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::Invalid) << text;
  }
}

TEST(MySqlGtidSetTest, RefusesTooManyRanges) {
  std::string text(kA);
  for (std::size_t i = 0; i <= MySqlGtidSet::kMaxRanges; ++i)
    text += ":" + std::to_string(2 * i + 1);
  const auto parsed = MySqlGtidSet::parse(text);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::Exhausted);
}

TEST(MySqlGtidSetTest, ComparesAndCombines) {
  struct Row {
    const char* one;
    const char* other;
    bool covers;
    const char* both;
    const char* left;  // one minus other
  };
  for (const Row& row : {
           Row{"", "", true, "", ""},
           {"A:1-5", "", true, "A:1-5", "A:1-5"},
           {"", "A:1-5", false, "A:1-5", ""},
           {"A:1-5", "A:1-5", true, "A:1-5", ""},
           {"A:1-5", "A:2-4", true, "A:1-5", "A:1:5"},
           {"A:1-5", "A:5-6", false, "A:1-6", "A:1-4"},
           {"A:1-5", "A:6", false, "A:1-6", "A:1-5"},
           {"A:7", "A:6", false, "A:6-7", "A:7"},
           {"A:1-3:5-9", "A:2-6", false, "A:1-9", "A:1:7-9"},
           {"A:1-3:5-9", "A:2:6:8", true, "A:1-3:5-9", "A:1:3:5:7:9"},
           {"A:1-5,B:1", "B:1", true, "A:1-5,B:1", "A:1-5"},
           {"A:1-5", "B:1", false, "A:1-5,B:1", "A:1-5"},
           {"A:1-5:t:1", "A:1", true, "A:1-5:t:1", "A:2-5:t:1"},
           {"A:1-5", "A:t:1", false, "A:1-5:t:1", "A:1-5"},
           {"A:t:1", "A:1", false, "A:1:t:1", "A:t:1"},
           {"A:1-100,B:1-100", "A:10-20:40,B:50-60", true, "A:1-100,B:1-100",
            "A:1-9:21-39:41-100,B:1-49:61-100"},
           {"A:1:3:5:7:9:11:13:15:17:19", "A:2:4:6:8:10:12:14:16:18:20", false, "A:1-20",
            "A:1:3:5:7:9:11:13:15:17:19"},
       }) {
    const MySqlGtidSet one = set(row.one), other = set(row.other);
    EXPECT_EQ(one.covers(other), row.covers) << row.one << " covers " << row.other;
    MySqlGtidSet both = one;
    EXPECT_TRUE(both.merge(other));
    EXPECT_EQ(to_string(both), full(row.both)) << row.one << " and " << row.other;
    EXPECT_EQ(to_string(one.minus(other)), full(row.left)) << row.one << " minus " << row.other;
  }
}

TEST(MySqlGtidSetTest, KnowsItsTransactions) {
  const MySqlGtidSet some = set("A:1-5:9:t:2,B:7");
  const ServerUuid a = *parse_uuid(kA);
  EXPECT_TRUE(some.contains({a, "", 5}));
  EXPECT_FALSE(some.contains({a, "", 6}));
  EXPECT_TRUE(some.contains({a, "t", 2}));
  EXPECT_FALSE(some.contains({a, "u", 2}));
  EXPECT_EQ(some.count(), 8u);
  EXPECT_EQ(to_string(some.of_server(a)), full("A:1-5:9:t:2"));
  EXPECT_EQ(to_string(some.without_server(a)), full("B:7"));
  EXPECT_EQ(to_string(some.newest()), full("A:9:t:2,B:7"));
}

// Against sets of single numbers.
TEST(MySqlGtidSetTest, IsASet) {
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::set<std::uint64_t> numbers[2];
    MySqlGtidSet sets[2];
    for (int i = 0; i < 2; ++i) {
      for (std::uint64_t n = random.below(12); n > 0; --n) {
        const std::uint64_t first = 1 + random.below(40), last = first + random.below(6);
        EXPECT_TRUE(sets[i].add({{}, "", first, last}));
        for (std::uint64_t number = first; number <= last; ++number)
          numbers[i].insert(number);
      }
      EXPECT_EQ(sets[i].count(), numbers[i].size());
    }
    MySqlGtidSet both = sets[0];
    both.merge(sets[1]);
    const MySqlGtidSet left = sets[0].minus(sets[1]);
    bool covers = true;
    for (std::uint64_t number = 1; number < 50; ++number) {
      const bool in_one = numbers[0].contains(number), in_other = numbers[1].contains(number);
      covers = covers && (in_one || !in_other);
      EXPECT_EQ(both.contains({{}, "", number}), in_one || in_other);
      EXPECT_EQ(left.contains({{}, "", number}), in_one && !in_other);
    }
    EXPECT_EQ(sets[0].covers(sets[1]), covers);
    EXPECT_EQ(*MySqlGtidSet::parse(to_string(both)), both);
  }
}

}  // namespace
}  // namespace understudy::replication

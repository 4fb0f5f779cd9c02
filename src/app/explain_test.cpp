#include "app/explain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sql/session_model.h"

namespace understudy::app {
namespace {

TEST(UnescapeTest, EscapesStandForTheirBytes) {
  EXPECT_EQ(unescape(R"(a\nb\tc\\d\x41)"), "a\nb\tc\\dA");
  EXPECT_EQ(unescape(R"(\\n)"), "\\n");
  EXPECT_EQ(unescape(R"(it\'s)"), "it\\'s");
  EXPECT_EQ(unescape("end\\"), "end\\");
  EXPECT_EQ(unescape(R"(\x4)"), std::nullopt);
  EXPECT_EQ(unescape(R"(\xZZ)"), std::nullopt);
}

std::string json_of(std::string_view statement) {
  return explain_json(sql::SessionModel().explain(statement), sql::key_pins(statement));
}

std::string text_of(std::string_view statement) {
  return explain_text(sql::SessionModel().explain(statement), sql::key_pins(statement));
}

TEST(ExplainTest, JsonIsOneLineWithEveryKey) {
  const std::string reason(sql::classify("DELETE FROM shop.product").reason);
  EXPECT_EQ(json_of("DELETE FROM shop.product"),
            R"({"class":"primary","reason":")" + reason +
                R"(","tables":["shop.product"],"writes":true,"cacheable":false,"cache_reason":")" +
                reason + R"("})");
}

TEST(ExplainTest, JsonTellsWhatACachedResultDependsOn) {
  const auto says = [](std::string_view statement, std::string_view cacheable,
                       std::string_view reason) {
    return json_of(statement).ends_with(
        fmt::format("\"cacheable\":{},\"cache_reason\":\"{}\"}}", cacheable, reason));
  };
  EXPECT_TRUE(says("SELECT stock FROM shop.product WHERE id = 7", "true",
                   "one row of shop.product if id is its primary key (pins: id)"));
  EXPECT_TRUE(says("SELECT x FROM s.t WHERE a = ? AND b = 2 AND a = 3", "true",
                   "one row of s.t if a and b are its primary key (pins: a, b)"));
  EXPECT_TRUE(says("SELECT * FROM s.a, s.b", "true", "rows of s.a, s.b"));
  EXPECT_TRUE(says("SELECT NOW() FROM t", "false", "depends on the time"));
}

TEST(ExplainTest, BytesThatAreNoTextDoNotBreakTheJson) {
  EXPECT_NE(json_of("SELECT * FROM `\xff`").find("\"tables\":[\""), std::string::npos);
}

TEST(ExplainTest, TextSaysTheSame) {
  EXPECT_NE(text_of("SELECT * FROM a, b").find("tables: a, b"), std::string::npos);
  EXPECT_TRUE(text_of("SELECT * FROM a, b").ends_with("; may be cached: depends on rows of a, b"));
  EXPECT_TRUE(text_of("SELECT RAND() FROM a").ends_with("; not cached: is random"));
}

}  // namespace
}  // namespace understudy::app

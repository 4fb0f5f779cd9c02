#include "app/explain.h"

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

TEST(ExplainTest, JsonIsOneLineWithEveryKey) {
  const sql::SessionModel session;
  EXPECT_EQ(explain_json(session.explain("DELETE FROM shop.product")),
            R"({"class":"primary","reason":")" +
                std::string(session.explain("DELETE FROM shop.product").reason) +
                R"(","tables":["shop.product"],"writes":true})");
}

TEST(ExplainTest, BytesThatAreNoTextDoNotBreakTheJson) {
  const sql::SessionModel session;
  const std::string statement = "SELECT * FROM `\xff`";
  EXPECT_NE(explain_json(session.explain(statement)).find("\"tables\":[\""), std::string::npos);
}

TEST(ExplainTest, TextNamesTheTables) {
  const sql::SessionModel session;
  EXPECT_NE(explain_text(session.explain("SELECT * FROM a, b")).find("tables: a, b"),
            std::string::npos);
}

}  // namespace
}  // namespace understudy::app

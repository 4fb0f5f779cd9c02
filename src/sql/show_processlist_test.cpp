#include "sql/show_processlist.h"

#include <gtest/gtest.h>

namespace understudy::sql {
namespace {

TEST(ShowProcesslistTest, IsReadInBothForms) {
  EXPECT_EQ(parse_show_processlist("SHOW PROCESSLIST", {}), false);
  EXPECT_EQ(parse_show_processlist("show full processlist;", {}), true);
  EXPECT_EQ(parse_show_processlist("/* tool */ SHOW /* x */ PROCESSLIST", {}), false);
}

TEST(ShowProcesslistTest, NothingElseIsTakenForIt) {
  for (const std::string_view text :
       {"SHOW PROCESSLIST; SELECT 1", "SHOW TABLES LIKE 'processlist'", "SHOW processlists",
        "SELECT * FROM information_schema.processlist", "SHOW FULL", "'SHOW PROCESSLIST'", ""})
    EXPECT_EQ(parse_show_processlist(text, {}), std::nullopt) << text;
}

}  // namespace
}  // namespace understudy::sql

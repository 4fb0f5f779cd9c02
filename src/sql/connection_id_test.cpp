#include "sql/connection_id.h"

#include <gtest/gtest.h>

namespace understudy::sql {
namespace {

std::string rewritten(std::string_view text) {
  return with_connection_id(text, classify(text), {}, 17).value_or("");
}

TEST(ConnectionIdTest, AColumnKeepsItsName) {
  EXPECT_EQ(rewritten("SELECT CONNECTION_ID()"),
            "SELECT CAST(0000000017 AS UNSIGNED) AS `CONNECTION_ID()`");
  EXPECT_EQ(rewritten("select connection_id ( );"),
            "select CAST(0000000017 AS UNSIGNED) AS `connection_id ( )`;");
  EXPECT_EQ(rewritten("/* x */ SELECT CONNECTION_ID() AS id LIMIT 1"),
            "/* x */ SELECT CAST(0000000017 AS UNSIGNED) AS id LIMIT 1");
  EXPECT_EQ(rewritten("SELECT 1, connection_id(), DATABASE()"),
            "SELECT 1, CAST(0000000017 AS UNSIGNED) AS `connection_id()`, DATABASE()");
  EXPECT_EQ(rewritten("SELECT CONNECTION_ID() LIMIT 1"),
            "SELECT CAST(0000000017 AS UNSIGNED) AS `CONNECTION_ID()` LIMIT 1");
}

TEST(ConnectionIdTest, ExpressionsAreCalculatedWithIt) {
  EXPECT_EQ(rewritten("SELECT CONCAT('a', CONNECTION_ID())"),
            "SELECT CONCAT('a', CAST(0000000017 AS UNSIGNED))");
  EXPECT_EQ(rewritten("SELECT CONNECTION_ID() + 1, 'CONNECTION_ID()'"),
            "SELECT CAST(0000000017 AS UNSIGNED) + 1, 'CONNECTION_ID()'");
}

TEST(ConnectionIdTest, TheServersOwnIdStaysWhereItMeetsTheServers) {
  for (const std::string_view text : {
           "SELECT 1",
           "SELECT connection_id",
           "SELECT a.connection_id()",
           "SELECT * FROM information_schema.processlist WHERE id = CONNECTION_ID()",
           "SELECT IS_USED_LOCK('x') = CONNECTION_ID()",
           "INSERT INTO t VALUES (CONNECTION_ID())",
           "SELECT CONNECTION_ID(); SELECT 2",
           "SELECT (SELECT COUNT(*) FROM t) + CONNECTION_ID()",
           "KILL CONNECTION_ID()",
       })
    EXPECT_EQ(rewritten(text), "") << text;
}

}  // namespace
}  // namespace understudy::sql

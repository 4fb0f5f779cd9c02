#include "backend/report_query.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

std::string query_after(std::string_view text, bool failed, const ServerReport& report) {
  const sql::Classification what = sql::classify(text);
  Command command;
  command.text = text;
  command.what = &what;
  return report_query(command, failed, report);
}

ServerReport rows(std::uint64_t count) {
  ServerReport report;
  report.rows = count;
  report.row_count = -1;
  return report;
}

TEST(ReportQueryTest, ACharacterSetCameWithACollation) {
  ServerReport report;
  report.collation_unknown = true;
  EXPECT_EQ(query_after("SET NAMES latin1", false, report),
            "SET collation_connection=@@collation_connection");
}

TEST(ReportQueryTest, AnIdIsNotToldBehindRows) {
  const std::string ask = "SET last_insert_id=LAST_INSERT_ID()";
  EXPECT_EQ(query_after("SELECT LAST_INSERT_ID(5)", false, rows(1)), ask);
  EXPECT_EQ(query_after("DO last_insert_id ( 5)", false, {}), ask);
  EXPECT_EQ(query_after("INSERT INTO t VALUES (1) RETURNING id", false, rows(1)), ask);
  EXPECT_EQ(query_after("SET @@session.LAST_INSERT_ID = 7", false, {}), ask);
  EXPECT_EQ(query_after("SET sql_mode = '', identity = 7", false, {}), ask);
  EXPECT_EQ(query_after("SELECT LAST_INSERT_ID()", false, rows(1)), "");
  EXPECT_EQ(query_after("INSERT INTO t VALUES (1)", false, {}), "");
  ServerReport told;
  told.row_count = 1;
  EXPECT_EQ(query_after("UPDATE s SET v = LAST_INSERT_ID(v + 1)", false, told), "");
}

TEST(ReportQueryTest, AVariableWithoutItsScopeIsNotReported) {
  EXPECT_EQ(query_after("SET @@foreign_key_checks = 0", false, {}),
            "SET SESSION foreign_key_checks=@@SESSION.foreign_key_checks");
  EXPECT_EQ(query_after("SET @@autocommit := 0, sql_mode = ''", false, {}),
            "SET SESSION autocommit=@@SESSION.autocommit, SESSION sql_mode=@@SESSION.sql_mode");
  EXPECT_EQ(query_after("SET @@session.sql_mode = @@global.sql_mode", false, {}), "");
  EXPECT_EQ(query_after("SET @@tx_isolation = 'SERIALIZABLE'", false, {}), "");
}

TEST(ReportQueryTest, AListMayBeSetInPart) {
  EXPECT_EQ(query_after("SET foreign_key_checks = 0, @a = 1, @@session.sql_mode := 'x'", true, {}),
            "SET SESSION foreign_key_checks=@@SESSION.foreign_key_checks, "
            "SESSION sql_mode=@@SESSION.sql_mode");
  EXPECT_EQ(query_after("SET foreign_key_checks = 7", true, {}), "");
  EXPECT_EQ(query_after("SET foreign_key_checks = 0, sql_mode = ''", false, {}), "");
  EXPECT_EQ(query_after("SELECT 1", true, {}), "");
}

}  // namespace
}  // namespace understudy::backend

#include "control/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using replication::Role;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

FailoverFacts ready() {
  FailoverFacts facts;
  facts.settings.rows = {{"READ_ONLY", "ON", "CONFIG"},
                         {"RPL_SEMI_SYNC_MASTER_ENABLED", "ON", "CONFIG"},
                         {"RPL_SEMI_SYNC_SLAVE_ENABLED", "ON", "CONFIG"},
                         {"RPL_SEMI_SYNC_MASTER_WAIT_POINT", "AFTER_SYNC", "CONFIG"},
                         {"RPL_SEMI_SYNC_MASTER_TIMEOUT", "10000", "COMPILE-TIME"},
                         {"SYNC_BINLOG", "1", "CONFIG"},
                         {"INNODB_FLUSH_LOG_AT_TRX_COMMIT", "1", "COMPILE-TIME"},
                         {"GTID_STRICT_MODE", "ON", "CONFIG"},
                         {"BINLOG_FORMAT", "ROW", "CONFIG"},
                         {"BINLOG_ROW_IMAGE", "FULL", "COMPILE-TIME"},
                         {"BINLOG_ROW_METADATA", "FULL", "CONFIG"},
                         {"REPLICATE_DO_DB", "", "COMPILE-TIME"}};
  facts.grants.rows = {{grant_failover("understudy", replication::Flavour::MariaDb) +
                        " IDENTIFIED BY PASSWORD '*AB'"},
                       {"GRANT SELECT ON `mysql`.* TO `understudy`@`%`"}};
  return facts;
}

void set(FailoverFacts& facts, std::string_view name, std::string value,
         std::string origin = "CONFIG") {
  for (auto& row : facts.settings.rows) {
    if (row[0] == name) row = {row[0], std::move(value), std::move(origin)};
  }
}

TEST(ReadinessTest, AServerThatIsReadyHasNoFindings) {
  EXPECT_THAT(failover_readiness("db1", Role::Primary, "understudy", ready()), IsEmpty());
  EXPECT_THAT(failover_readiness("db2", Role::Replica, "understudy", ready()), IsEmpty());
}

TEST(ReadinessTest, WhatCouldNotBeAskedSaysNothing) {
  EXPECT_THAT(failover_readiness("db1", Role::Primary, "understudy", {}), IsEmpty());
}

struct Case {
  const char* name;
  Role role;
  void (*change)(FailoverFacts&);
  Severity severity;
  const char* what;
  const char* mend;
};

class FindingTest : public ::testing::TestWithParam<Case> {};

TEST_P(FindingTest, SaysWhatIsWrongAndWhatToDo) {
  FailoverFacts facts = ready();
  GetParam().change(facts);
  const auto findings = failover_readiness("db1", GetParam().role, "understudy", facts);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, GetParam().severity);
  EXPECT_EQ(findings[0].server, "db1");
  EXPECT_THAT(findings[0].what, HasSubstr(GetParam().what));
  EXPECT_THAT(findings[0].mend, HasSubstr(GetParam().mend));
}

INSTANTIATE_TEST_SUITE_P(
    All, FindingTest,
    ::testing::Values(
        Case{"StartsWritable", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "READ_ONLY", "OFF", "COMPILE-TIME"); },
             Severity::Warning, "it starts writable", "read_only=1 in the server's configuration"},
        Case{"ReadOnlyByStatement", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "READ_ONLY", "OFF", "SQL"); }, Severity::Note,
             "how it starts cannot be seen", "read_only=1"},
        Case{"SemiSyncOffOnThePrimary", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "RPL_SEMI_SYNC_MASTER_ENABLED", "OFF"); },
             Severity::Warning, "semi-sync is off", "rpl_semi_sync_master_enabled=1"},
        Case{"SemiSyncOffOnAReplica", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "RPL_SEMI_SYNC_SLAVE_ENABLED", "OFF"); },
             Severity::Warning, "semi-sync is off", "rpl_semi_sync_slave_enabled=1"},
        Case{"AfterCommit", Role::Primary,
             [](FailoverFacts& facts) {
               set(facts, "RPL_SEMI_SYNC_MASTER_WAIT_POINT", "AFTER_COMMIT");
             },
             Severity::Warning, "before a replica has it", "AFTER_SYNC"},
        Case{"ShortWait", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "RPL_SEMI_SYNC_MASTER_TIMEOUT", "100"); },
             Severity::Note, "waits only 100 ms", "rpl_semi_sync_master_timeout=10000"},
        Case{"BinaryLogNotSynced", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "SYNC_BINLOG", "0"); }, Severity::Note,
             "sync_binlog=0", "SET GLOBAL sync_binlog=1"},
        Case{"StrictModeOff", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "GTID_STRICT_MODE", "OFF"); }, Severity::Warning,
             "gtid_strict_mode is off", "gtid_strict_mode=1"},
        Case{"Filter", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "REPLICATE_DO_DB", "shop"); }, Severity::Warning,
             "replicate_do_db=shop", "priority = 0"},
        Case{"StatementsInTheLog", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "BINLOG_FORMAT", "MIXED"); }, Severity::Warning,
             "logged as statements", "binlog_format=ROW"},
        Case{"PartialRows", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "BINLOG_ROW_IMAGE", "MINIMAL"); },
             Severity::Note, "a part of each changed row", "binlog_row_image=FULL"},
        Case{"NoColumnNames", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "BINLOG_ROW_METADATA", "NO_LOG"); },
             Severity::Note, "does not name its columns", "binlog_row_metadata=FULL"},
        Case{"CacheWithoutRight", Role::Primary,
             [](FailoverFacts& facts) { facts.cache_enabled = true; }, Severity::Warning,
             "the result cache stays closed", "GRANT REFERENCES ON *.* TO 'understudy'@'%'"},
        Case{"MissingRights", Role::Primary,
             [](FailoverFacts& facts) {
               facts.grants.rows[0][0] =
                   "GRANT PROCESS, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, READ_ONLY "
                   "ADMIN, REPLICATION SLAVE ON *.* TO `understudy`@`%`";
             },
             Severity::Warning, "it lacks CONNECTION ADMIN", "CONNECTION ADMIN"},
        Case{"Bypass", Role::Primary,
             [](FailoverFacts& facts) {
               facts.read_only_bypass.rows = {{"batch", "10.%"}, {"understudy", "%"}};
             },
             Severity::Warning, "'batch'@'10.%' writes in spite of read_only",
             "REVOKE READ_ONLY ADMIN ON *.* FROM 'batch'@'10.%'"}),
    [](const auto& test) { return test.param.name; });

FailoverFacts mysql_ready() {
  FailoverFacts facts;
  facts.flavour = replication::Flavour::MySql;
  facts.settings.rows = {{"READ_ONLY", "ON", "GLOBAL"},
                         {"RPL_SEMI_SYNC_SOURCE_ENABLED", "ON", "GLOBAL"},
                         {"RPL_SEMI_SYNC_REPLICA_ENABLED", "ON", "GLOBAL"},
                         {"RPL_SEMI_SYNC_SOURCE_WAIT_POINT", "AFTER_SYNC", "COMPILED"},
                         {"RPL_SEMI_SYNC_SOURCE_TIMEOUT", "60000", "GLOBAL"},
                         {"GTID_MODE", "ON", "GLOBAL"},
                         {"ENFORCE_GTID_CONSISTENCY", "ON", "GLOBAL"},
                         {"REPLICA_PRESERVE_COMMIT_ORDER", "ON", "COMPILED"},
                         {"BINLOG_ORDER_COMMITS", "ON", "COMPILED"},
                         {"BINLOG_ROWS_QUERY_LOG_EVENTS", "ON", "GLOBAL"},
                         {"PERFORMANCE_SCHEMA", "ON", "COMPILED"}};
  facts.grants.rows = {
      {"GRANT PROCESS, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `understudy`@`%`"},
      {"GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SYSTEM_VARIABLES_ADMIN ON *.* TO "
       "`understudy`@`%`"}};
  return facts;
}

TEST(ReadinessTest, AServerOfMySqlThatIsReadyHasNoFindings) {
  EXPECT_THAT(failover_readiness("db1", Role::Primary, "understudy", mysql_ready()), IsEmpty());
  EXPECT_THAT(failover_readiness("db2", Role::Replica, "understudy", mysql_ready()), IsEmpty());
}

class MySqlFindingTest : public ::testing::TestWithParam<Case> {};

TEST_P(MySqlFindingTest, SaysWhatIsWrongAndWhatToDo) {
  FailoverFacts facts = mysql_ready();
  GetParam().change(facts);
  const auto findings = failover_readiness("db1", GetParam().role, "understudy", facts);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, GetParam().severity);
  EXPECT_THAT(findings[0].what, HasSubstr(GetParam().what));
  EXPECT_THAT(findings[0].mend, HasSubstr(GetParam().mend));
}

INSTANTIATE_TEST_SUITE_P(
    All, MySqlFindingTest,
    ::testing::Values(
        Case{"NoGtids", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "GTID_MODE", "OFF_PERMISSIVE"); },
             Severity::Problem, "gtid_mode is not ON", "gtid_mode=ON"},
        Case{"InconsistentStatements", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "ENFORCE_GTID_CONSISTENCY", "OFF"); },
             Severity::Warning, "may break replication", "enforce_gtid_consistency=ON"},
        Case{"OtherOrder", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "REPLICA_PRESERVE_COMMIT_ORDER", "OFF"); },
             Severity::Problem, "in another order", "replica_preserve_commit_order=ON"},
        Case{"NoStatements", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "BINLOG_ROWS_QUERY_LOG_EVENTS", "OFF"); },
             Severity::Note, "does not name statements", "binlog_rows_query_log_events=ON"},
        Case{"NoPerformanceSchema", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "PERFORMANCE_SCHEMA", "OFF"); },
             Severity::Problem, "cannot be watched", "performance_schema=ON"},
        Case{"SemiSyncOffOnAReplica", Role::Replica,
             [](FailoverFacts& facts) { set(facts, "RPL_SEMI_SYNC_REPLICA_ENABLED", "OFF"); },
             Severity::Warning, "semi-sync is off", "rpl_semi_sync_replica_enabled=1"},
        Case{"ShortWait", Role::Primary,
             [](FailoverFacts& facts) { set(facts, "RPL_SEMI_SYNC_SOURCE_TIMEOUT", "100"); },
             Severity::Note, "waits only 100 ms", "rpl_semi_sync_source_timeout=10000"},
        Case{"MissingRights", Role::Primary,
             [](FailoverFacts& facts) { facts.grants.rows.pop_back(); }, Severity::Warning,
             "it lacks CONNECTION_ADMIN, REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN",
             "SYSTEM_VARIABLES_ADMIN ON *.*"},
        Case{"Bypass", Role::Primary,
             [](FailoverFacts& facts) {
               facts.read_only_bypass.rows = {{"batch", "10.%"}};
             },
             Severity::Warning, "'batch'@'10.%' writes in spite of read_only",
             "REVOKE CONNECTION_ADMIN ON *.* FROM 'batch'@'10.%'"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace understudy::control

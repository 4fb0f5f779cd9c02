#include "control/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fake_servers.h"
#include "loop_driver.h"

namespace understudy::control {
namespace {

using testing::FakeOpener;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::server_error;

class PreflightTest : public ::testing::Test {
 protected:
  std::vector<Finding> run() {
    Preflight preflight(loop_, opener_, testing::settings(opener_.servers.size()), "understudy");
    std::optional<std::vector<Finding>> findings;
    preflight.start([&](std::vector<Finding> found) { findings = std::move(found); });
    EXPECT_TRUE(test::run_until(loop_, [&] { return findings.has_value(); }));
    return findings.value_or(std::vector<Finding>());
  }
  // The finding whose text contains `what`.
  static const Finding* find(const std::vector<Finding>& findings, std::string_view what) {
    for (const Finding& finding : findings) {
      if (finding.what.find(what) != std::string::npos) return &finding;
    }
    return nullptr;
  }
  FakeServer& db(std::size_t number) { return opener_.servers[number - 1]; }

  net::Loop loop_;
  FakeOpener opener_{loop_, {FakeServer::primary(1), FakeServer::replica(2)}};
};

TEST_F(PreflightTest, AHealthyClusterHasNoFindings) {
  EXPECT_TRUE(run().empty());
}

TEST_F(PreflightTest, AnUnknownServiceAccountGetsItsStatements) {
  db(1).refuses = server_error(1045, "Access denied for user 'understudy'");
  db(2).refuses = server_error(1698, "Access denied for user 'understudy'");
  const auto findings = run();
  const Finding* finding = find(findings, "Access denied");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(findings.at(1).mend, finding->mend);
  EXPECT_EQ(finding->severity, Severity::Problem);
  EXPECT_EQ(finding->server, "db1");
  EXPECT_THAT(finding->mend, HasSubstr("CREATE USER 'understudy'@'%'"));
  EXPECT_THAT(finding->mend,
              HasSubstr("GRANT SLAVE MONITOR, BINLOG MONITOR ON *.* TO 'understudy'@'%'"));
  EXPECT_THAT(finding->mend, HasSubstr("GRANT SELECT ON mysql.global_priv TO 'understudy'@'%'"));
}

TEST_F(PreflightTest, EachMissingRightGetsItsGrant) {
  db(1).forbidden["accounts"] = server_error(1142, "SELECT command denied");
  db(2).forbidden["status"] = server_error(1227, "Access denied");
  const auto findings = run();
  EXPECT_EQ(find(findings, "may not read the accounts")->mend,
            "GRANT SELECT ON mysql.global_priv TO 'understudy'@'%';");
  EXPECT_EQ(find(findings, "may not see the replica status")->mend,
            "GRANT SLAVE MONITOR, BINLOG MONITOR ON *.* TO 'understudy'@'%';");
}

TEST_F(PreflightTest, AServerThatDoesNotAnswerIsNamed) {
  db(2).silent = true;
  const auto findings = run();
  const Finding* finding = find(findings, "no answer within");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->server, "db2");
  EXPECT_THAT(finding->mend, HasSubstr("127.0.0.1:7312"));
}

TEST_F(PreflightTest, TwoPrimariesAndNone) {
  db(2) = FakeServer::primary(2);
  EXPECT_NE(find(run(), "db1 and db2 are writable"), nullptr);
  db(1).probe["read_only"] = db(2).probe["read_only"] = "1";
  EXPECT_NE(find(run(), "there is no primary"), nullptr);
}

TEST_F(PreflightTest, WhatHurtsOnAReplica) {
  db(2).probe["read_only"] = "0";
  db(2).probe["log_replica_updates"] = "0";
  db(2).probe["max_allowed_packet"] = "1048576";
  db(2).status[0]["Using_Gtid"] = "No";
  db(2).status[0]["Slave_SQL_Running"] = "No";
  db(2).status[0]["Last_SQL_Error"] = "Duplicate entry";
  const auto findings = run();
  EXPECT_NE(find(findings, "but writable"), nullptr);
  EXPECT_NE(find(findings, "log_slave_updates is off"), nullptr);
  EXPECT_NE(find(findings, "max_allowed_packet differs"), nullptr);
  EXPECT_NE(find(findings, "Duplicate entry"), nullptr);
  ASSERT_NE(find(findings, "without GTIDs"), nullptr);
  EXPECT_EQ(findings.front().severity, Severity::Problem) << "the worst comes first";
}

TEST_F(PreflightTest, TwoFlavoursInOneCluster) {
  db(2).dialect.spoken = replication::Flavour::MySql;
  db(2).probe["server_uuid"] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  db(2).probe["super_read_only"] = "1";
  const auto findings = run();
  const Finding* finding = find(findings, "a cluster is of one flavour");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::Problem);
  EXPECT_THAT(finding->what, HasSubstr("db1 speaks MariaDB's and db2 MySQL's"));
}

TEST_F(PreflightTest, MySqlIsToldInItsOwnWords) {
  for (std::size_t number : {1u, 2u}) {
    db(number).dialect.spoken = replication::Flavour::MySql;
    db(number).probe["server_uuid"] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    db(number).probe["super_read_only"] = "1";
  }
  db(1).forbidden["accounts"] = server_error(1142, "SELECT command denied");
  db(2).forbidden["status"] = server_error(1227, "Access denied");
  const auto findings = run();
  EXPECT_THAT(find(findings, "may not read the accounts")->mend, HasSubstr("mysql.user"));
  EXPECT_THAT(find(findings, "may not see the replica status")->mend,
              HasSubstr("GRANT REPLICATION CLIENT"));
}

TEST_F(PreflightTest, WhoRefusesTheLoginHasGreeted) {
  db(1).dialect.spoken = db(2).dialect.spoken = replication::Flavour::MySql;
  db(1).refuses = db(2).refuses = server_error(1045, "Access denied for user 'understudy'");
  EXPECT_THAT(find(run(), "Access denied")->mend,
              HasSubstr("GRANT SELECT ON performance_schema.* TO 'understudy'@'%'"));
}

TEST_F(PreflightTest, OneServerUnderTwoNames) {
  db(2).probe["server_id"] = "1";
  EXPECT_NE(find(run(), "server_id=1"), nullptr);
}

TEST_F(PreflightTest, AccountsThatCannotLogIn) {
  db(1).accounts.rows.push_back(FakeServer::account("root", "", "unix_socket"));
  db(1).accounts.rows.push_back(FakeServer::account("modern", "x", "ed25519"));
  const auto findings = run();
  const Finding* finding = find(findings, "'root'@'%'");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->severity, Severity::Note);
  EXPECT_EQ(find(findings, "'modern'@'%'"), nullptr);
}

}  // namespace
}  // namespace understudy::control

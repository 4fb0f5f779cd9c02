#include "control/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fake_servers.h"
#include "loop_driver.h"

namespace understudy::control {
namespace {

using replication::Health;
using replication::Role;
using replication::Topology;
using std::chrono::milliseconds;
using testing::FakeDialect;
using testing::FakeOpener;
using testing::FakeServer;
using ::testing::HasSubstr;

std::shared_ptr<Topology> two_servers() {
  auto topology = std::make_shared<Topology>();
  topology->epoch = 1;
  topology->primary = replication::ServerId(0);
  for (std::uint16_t i = 0; i < 2; ++i) {
    replication::ServerView view;
    view.id = replication::ServerId(i);
    view.name = "db" + std::to_string(i + 1);
    view.role = i == 0 ? Role::Primary : Role::Replica;
    view.health = Health::Up;
    topology->servers.push_back(view);
  }
  return topology;
}

class AccountsTest : public ::testing::Test {
 protected:
  void start() {
    AccountsSettings accounts_settings;
    accounts_settings.interval = milliseconds(5);
    accounts_settings.timeout = milliseconds(200);
    accounts_settings.service_user = "understudy";
    accounts_ = std::make_unique<Accounts>(loop_, opener_, topology_, accounts_settings);
    accounts_->table().subscribe([this](const auto&) { ++published_; });
    accounts_->start();
  }
  template <typename Condition>
  bool until(Condition condition) {
    return test::run_until(loop_, std::move(condition));
  }
  bool knows(std::string_view user) {
    const auto& table = accounts_->table().current();
    return table && table->find(user, "10.0.0.1") != nullptr;
  }

  net::Loop loop_;
  FakeOpener opener_{loop_, {FakeServer::primary(1), FakeServer::replica(2)}};
  Publisher<Topology> topology_{two_servers()};
  int published_ = 0;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(AccountsTest, ReadsThePrimarysAccountsAndPublishesOnlyChanges) {
  start();
  ASSERT_TRUE(until([&] { return opener_.servers[0].asked["accounts"] > 5; }));
  EXPECT_TRUE(knows("app"));
  EXPECT_EQ(published_, 1);
  EXPECT_FALSE(accounts_->problem());
  EXPECT_EQ(opener_.servers[1].opened, 0);
  opener_.servers[0].accounts.rows.push_back(FakeServer::account("new", "*CD"));
  ASSERT_TRUE(until([&] { return knows("new"); }));
  opener_.servers[0].accounts.rows.erase(opener_.servers[0].accounts.rows.begin());
  ASSERT_TRUE(until([&] { return !knows("app"); }));
  EXPECT_EQ(published_, 3);
}

TEST_F(AccountsTest, AReplicaAnswersWhileThePrimaryIsDown) {
  auto topology = two_servers();
  topology->servers[0].health = Health::Down;
  topology_.publish(topology);
  start();
  ASSERT_TRUE(until([&] { return knows("app"); }));
  EXPECT_EQ(opener_.servers[0].opened, 0);
  topology_.publish(two_servers());
  ASSERT_TRUE(until([&] { return opener_.servers[0].asked["accounts"] > 0; }));
}

TEST_F(AccountsTest, AMissingRightIsNamedWithTheGrantAndTheLastTableStays) {
  start();
  ASSERT_TRUE(until([&] { return knows("app"); }));
  opener_.servers[0].forbidden["accounts"] =
      testing::server_error(1142, "SELECT command denied to user");
  ASSERT_TRUE(until([&] { return accounts_->problem().has_value(); }));
  EXPECT_THAT(accounts_->problem()->message,
              HasSubstr("run: GRANT SELECT ON mysql.global_priv TO 'understudy'@'%'"));
  EXPECT_TRUE(knows("app"));
  opener_.servers[0].forbidden.clear();
  ASSERT_TRUE(until([&] { return !accounts_->problem().has_value(); }));
}

TEST_F(AccountsTest, WithoutAnyServerItSaysSoAndTriesAgain) {
  topology_.publish(std::make_shared<Topology>());
  start();
  EXPECT_THAT(accounts_->problem()->message, HasSubstr("neither the primary nor a replica"));
  topology_.publish(two_servers());
  ASSERT_TRUE(until([&] { return knows("app"); }));
}

TEST_F(AccountsTest, ASilentServerIsAskedAgainOnANewConnection) {
  opener_.servers[0].silent = true;
  start();
  ASSERT_TRUE(until([&] { return accounts_->problem().has_value(); }));
  opener_.servers[0].silent = false;
  ASSERT_TRUE(until([&] { return knows("app"); }));
  EXPECT_GE(opener_.servers[0].opened, 2);
}

TEST(ReadAccountsTest, RefusesOtherColumns) {
  backend::TextResult result;
  result.columns = {"user", "host"};
  EXPECT_EQ(read_accounts(result).error().kind, ErrorKind::Malformed);
}

TEST(ReadAccountsTest, ReadsNullsAndFlags) {
  backend::TextResult result;
  result.columns.resize(10);
  result.rows = {{"a", "%", {}, {}, "1", {}, {}, {}, {}, {}},
                 {"b", "%", "p", "h", "0", "ANY", "", "", "", "1"},
                 {"c", "%", "p", "h", "0", "SPECIFIED", "C", "/CN=i", "/CN=s", "0"}};
  const auto accounts = read_accounts(result);
  ASSERT_TRUE(accounts.ok());
  EXPECT_TRUE(accounts->at(0).locked);
  EXPECT_EQ(accounts->at(0).auth_hash, "");
  EXPECT_EQ(accounts->at(0).tls, backend::TlsNeed::None);
  EXPECT_FALSE(accounts->at(1).locked);
  EXPECT_TRUE(accounts->at(1).expired);
  EXPECT_EQ(accounts->at(1).tls, backend::TlsNeed::Any);
  EXPECT_EQ(accounts->at(2).tls, backend::TlsNeed::Specified);
  EXPECT_EQ(accounts->at(2).tls_subject, "/CN=s");
  EXPECT_FALSE(accounts->at(2).expired);
}

}  // namespace
}  // namespace understudy::control

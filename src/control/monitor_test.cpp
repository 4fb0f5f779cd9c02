#include "control/monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

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

class MonitorTest : public ::testing::Test {
 protected:
  void start(Duration interval = milliseconds(5)) {
    MonitorSettings monitor_settings;
    monitor_settings.topology = testing::settings(opener_.servers.size());
    monitor_settings.interval = interval;
    monitor_settings.service_user = "understudy";
    monitor_ = std::make_unique<Monitor>(loop_, opener_, events_, monitor_settings);
    monitor_->start();
  }
  template <typename Condition>
  bool until(Condition condition) {
    return test::run_until(loop_, std::move(condition));
  }
  const Topology& now() { return *monitor_->topology().current(); }
  bool has_event(std::string_view text) const {
    for (const Event& event : events_.events()) {
      if (to_text(event).find(text) != std::string::npos) return true;
    }
    return false;
  }

  net::Loop loop_;
  FakeOpener opener_{loop_,
                     {FakeServer::primary(1), FakeServer::replica(2), FakeServer::replica(3)}};
  EventLog events_;
  std::unique_ptr<Monitor> monitor_;
};

TEST_F(MonitorTest, FindsThePrimaryAndItsReplicas) {
  start();
  EXPECT_FALSE(monitor_->complete());
  EXPECT_EQ(now().servers.size(), 3u);
  ASSERT_TRUE(until([&] { return monitor_->complete() && now().servers[2].covers_primary_as_of; }));
  EXPECT_EQ(now().primary, replication::ServerId(0));
  EXPECT_EQ(now().servers[1].role, Role::Replica);
  EXPECT_EQ(now().servers[1].health, Health::Up);
  EXPECT_EQ(to_string(now().servers[1].position), "0-1-10");
  EXPECT_EQ(now().servers[0].max_allowed_packet, 16777216u);
  EXPECT_TRUE(has_event("primary_found server=db1 epoch=1"));
  EXPECT_TRUE(has_event("server_up server=db2"));
}

TEST_F(MonitorTest, KeepsOneConnectionAServerAndPublishesEachAnswer) {
  start();
  std::size_t published = 0;
  monitor_->topology().subscribe([&](const auto&) { ++published; });
  ASSERT_TRUE(until([&] { return opener_.servers[1].asked["probe"] > 5; }));
  EXPECT_EQ(opener_.servers[1].opened, 1);
  EXPECT_GT(published, 5u);
}

TEST_F(MonitorTest, ReplicasCoverThePositionThatThePrimaryHasJustSaid) {
  start(milliseconds(50));
  ASSERT_TRUE(until([&] { return opener_.servers[1].asked["probe"] > 4; }));
  const auto& primary = now().servers[0];
  ASSERT_TRUE(now().servers[1].covers_primary_as_of);
  EXPECT_GE(*now().servers[1].covers_primary_as_of,
            primary.position_observed_at - milliseconds(50));
}

TEST_F(MonitorTest, ARefusedServerIsDownAndComesBackByItself) {
  start();
  ASSERT_TRUE(until([&] { return now().servers[1].health == Health::Up; }));
  opener_.servers[1].refuses = make_error(ErrorKind::Unreachable, "127.0.0.1:7312: refused");
  ASSERT_TRUE(until([&] { return now().servers[1].health == Health::Down; }));
  EXPECT_EQ(now().servers[1].reason, "127.0.0.1:7312: refused");
  EXPECT_TRUE(has_event("server_down server=db2 reason=\"127.0.0.1:7312: refused\""));
  opener_.servers[1].refuses.reset();
  ASSERT_TRUE(until([&] { return now().servers[1].health == Health::Up; }));
}

TEST_F(MonitorTest, ASilentServerIsDownAfterTheTimeout) {
  opener_.servers[2].silent = true;
  start();
  ASSERT_TRUE(until([&] { return monitor_->complete(); }));
  EXPECT_EQ(now().servers[2].health, Health::Down);
  EXPECT_THAT(now().servers[2].reason, HasSubstr("no answer within 200 ms"));
  opener_.servers[0].silent = true;
  ASSERT_TRUE(until([&] { return now().servers[0].health == Health::Down; }));
  EXPECT_EQ(now().primary, replication::ServerId(0));
}

TEST_F(MonitorTest, AMissingRightIsNamedWithTheGrantAndAskedForLessAndLess) {
  opener_.servers[1].forbidden["status"] =
      testing::server_error(1227, "Access denied; you need (at least one of) SLAVE MONITOR");
  start();
  ASSERT_TRUE(until([&] { return opener_.servers[0].asked["probe"] > 40; }));
  EXPECT_EQ(now().servers[1].health, Health::Down);
  EXPECT_THAT(now().servers[1].reason,
              HasSubstr("run: GRANT SLAVE MONITOR, BINLOG MONITOR ON *.* TO 'understudy'@'%'"));
  EXPECT_LT(opener_.servers[1].opened, 15);
}

TEST_F(MonitorTest, APrimaryWithSemiSyncIsAskedWhetherItWaits) {
  opener_.servers[0].probe["semi_sync_primary"] = "1";
  start();
  std::optional<bool> waits;
  monitor_->on_observation([&](replication::ServerId id, const auto& observation) {
    if (id == replication::ServerId(0)) waits = observation.semi_sync_waits;
  });
  ASSERT_TRUE(until([&] { return waits == true; }));
  opener_.servers[0].semi_sync.rows[0][1] = "OFF";
  ASSERT_TRUE(until([&] { return waits == false; }));
  EXPECT_EQ(opener_.servers[1].asked["semi-sync"], 0);
  opener_.servers[0].probe["semi_sync_primary"] = "0";
  ASSERT_TRUE(until([&] { return !waits; }));
}

TEST_F(MonitorTest, APrimaryThatNothingIsWrittenToIsAskedWhetherItsDiskIsFull) {
  start();
  bool full = false;
  monitor_->on_observation([&](replication::ServerId id, const auto& observation) {
    if (id == replication::ServerId(0)) full = observation.disk_full;
  });
  opener_.servers[0].sessions.rows = {{"one that waits"}};
  ASSERT_TRUE(until([&] { return full; }));
  EXPECT_EQ(opener_.servers[1].asked["sessions"], 0) << "a replica is not asked";
  opener_.servers[0].probe["logged"] = "0-1-99";
  ASSERT_TRUE(until([&] { return !full; })) << "something was written";
}

TEST_F(MonitorTest, NonsenseFromAServerIsItsFailure) {
  opener_.servers[1].probe["applied"] = "nonsense";
  start();
  ASSERT_TRUE(until([&] { return monitor_->complete(); }));
  EXPECT_THAT(now().servers[1].reason, HasSubstr("applied is 'nonsense'"));
}

TEST_F(MonitorTest, AServerOfAnotherFlavourIsNotOfTheCluster) {
  opener_.servers[2].dialect.spoken = replication::Flavour::MySql;
  start();
  ASSERT_TRUE(until([&] { return monitor_->complete() && now().primary.has_value(); }));
  EXPECT_THAT(now().servers[2].reason,
              HasSubstr("a server of MySQL, and the others of this cluster are of MariaDB"));
  EXPECT_EQ(now().servers[2].health, Health::Down);
  EXPECT_EQ(now().servers[1].health, Health::Up);
}

TEST_F(MonitorTest, AClusterMayBeOfMySql) {
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string uuid = "3e11fa47-71ca-11e1-9e33-c80aa942956" + std::to_string(i);
    FakeServer& server = opener_.servers[i];
    server.dialect.spoken = replication::Flavour::MySql;
    server.probe["server_uuid"] = uuid;
    server.probe["super_read_only"] = i == 0 ? "0" : "1";
    for (const char* position : {"applied", "logged", "binlog_state"})
      server.probe[position] = "3e11fa47-71ca-11e1-9e33-c80aa9429560:1-10";
    if (i > 0) server.status[0]["Gtid_IO_Pos"] = "3e11fa47-71ca-11e1-9e33-c80aa9429560:5-10";
  }
  start();
  ASSERT_TRUE(until([&] { return monitor_->complete() && now().servers[1].covers_primary_as_of; }));
  EXPECT_EQ(now().servers[1].flavour, replication::Flavour::MySql);
  EXPECT_EQ(replication::to_string(now().servers[1].server_uuid),
            "3e11fa47-71ca-11e1-9e33-c80aa9429561");
  EXPECT_EQ(to_string(now().servers[1].position), "3e11fa47-71ca-11e1-9e33-c80aa9429560:1-10");
}

TEST_F(MonitorTest, DrainAndResume) {
  start();
  ASSERT_TRUE(until([&] { return now().servers[1].health == Health::Up; }));
  ASSERT_TRUE(monitor_->drain("db2").ok());
  EXPECT_EQ(now().servers[1].health, Health::Drained);
  ASSERT_TRUE(monitor_->drain("db2").ok());
  ASSERT_TRUE(monitor_->resume("db2").ok());
  EXPECT_EQ(now().servers[1].health, Health::Up);
  const auto unknown = monitor_->drain("db9");
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error().message, HasSubstr("there is no server 'db9'"));
}

TEST_F(MonitorTest, HurryFromAnotherThreadShortensThePeriodAndSparesTheStatus) {
  start(std::chrono::seconds(60));
  ASSERT_TRUE(until([&] { return monitor_->complete(); }));
  std::thread([&] {
    monitor_->hurry(milliseconds(1));
    monitor_->hurry(milliseconds(1));
  }).join();
  ASSERT_TRUE(until([&] { return opener_.servers[1].asked["probe"] > 20; }));
  EXPECT_LE(opener_.servers[1].asked["status"], 2);
  const auto before = opener_.servers[1].asked["probe"];
  const Instant begin = net::Loop::now();
  ASSERT_TRUE(until([&] { return opener_.servers[1].asked["probe"] > before + 10; }));
  EXPECT_GE(net::Loop::now() - begin, 9 * Monitor::kHurryMin);
}

TEST_F(MonitorTest, DestroyingItInTheMiddleOfProbesIsSafe) {
  start();
  monitor_->hurry(milliseconds(1));
  monitor_.reset();
  loop_.run_for_a_while(milliseconds(20));
}

}  // namespace
}  // namespace understudy::control

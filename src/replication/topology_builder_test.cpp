#include "replication/topology_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

Instant at(std::int64_t ms) {
  return Instant(milliseconds(1'000'000 + ms));
}
ServerId db(int number) {
  return ServerId(static_cast<std::uint16_t>(number - 1));
}

Position sequence(std::uint64_t number) {
  Position position;
  position.add({0, 1, number});
  return position;
}

TopologySettings settings(int servers = 3) {
  TopologySettings settings;
  settings.cluster = "main";
  for (int i = 1; i <= servers; ++i) {
    ServerSettings server;
    server.name = "db" + std::to_string(i);
    server.address = {"127.0.0.1", static_cast<std::uint16_t>(7310 + i), ""};
    settings.servers.push_back(server);
  }
  settings.max_lag = std::chrono::seconds(5);
  settings.probe_timeout = std::chrono::seconds(1);
  return settings;
}

ServerObservation answer(int number, std::int64_t ms) {
  ServerObservation observation;
  observation.sent = at(ms);
  observation.answered = at(ms + 1);
  observation.version = "10.11.19-MariaDB";
  observation.server_id = static_cast<std::uint32_t>(number);
  return observation;
}

ServerObservation primary(int number, std::int64_t ms, std::uint64_t logged = 10) {
  ServerObservation observation = answer(number, ms);
  observation.logged = sequence(logged);
  return observation;
}

ServerObservation replica(int number, std::int64_t ms, std::uint64_t applied = 10, int source = 1) {
  ServerObservation observation = answer(number, ms);
  observation.read_only = true;
  observation.applied = sequence(applied);
  observation.logged = sequence(applied);
  ReplicaStatus status;
  status.source_host = "127.0.0.1";
  status.source_server_id = static_cast<std::uint32_t>(source);
  status.io_running = status.sql_running = true;
  observation.sources.push_back(status);
  return observation;
}

ServerObservation failed(int number, std::int64_t ms, ErrorKind kind) {
  ServerObservation observation = answer(number, ms);
  observation.failure = make_error(kind, "connection refused");
  return observation;
}

class TopologyBuilderTest : public testing::Test {
 protected:
  void feed(int number, const ServerObservation& observation) {
    builder_.feed(db(number), observation, observation.answered);
  }
  void feed_healthy(std::int64_t ms, std::uint64_t position = 10) {
    feed(1, primary(1, ms, position));
    feed(2, replica(2, ms + 5, position));
    feed(3, replica(3, ms + 5, position));
  }
  Topology build() { return builder_.build(); }
  ServerView view(int number) { return *build().find(db(number)); }

  TopologyBuilder builder_{settings()};
};

TEST_F(TopologyBuilderTest, BeforeAnyProbeThereIsNoPrimary) {
  const Topology topology = build();
  EXPECT_FALSE(topology.primary);
  EXPECT_EQ(topology.epoch, 0u);
  EXPECT_THAT(topology.no_primary_reason, HasSubstr("not asked yet: db1, db2 and db3"));
  EXPECT_EQ(topology.servers[0].health, Health::Down);
}

TEST_F(TopologyBuilderTest, FindsTheRolesFromWhatServersSay) {
  feed_healthy(0);
  const Topology topology = build();
  EXPECT_EQ(topology.primary, db(1));
  EXPECT_EQ(topology.epoch, 1u);
  EXPECT_EQ(topology.servers[0].role, Role::Primary);
  EXPECT_EQ(topology.servers[1].role, Role::Replica);
  EXPECT_EQ(topology.servers[1].health, Health::Up);
  EXPECT_EQ(topology.servers[1].lag, Duration::zero());
  EXPECT_EQ(topology.servers[1].covers_primary_as_of, at(0));
  EXPECT_EQ(topology.find("db3")->id, db(3));
  EXPECT_EQ(topology.find("db9"), nullptr);
}

TEST_F(TopologyBuilderTest, AWritableReplicaIsAReplicaWithAWarning) {
  feed(1, primary(1, 0));
  auto writable = replica(2, 5);
  writable.read_only = false;
  feed(2, writable);
  feed(3, replica(3, 5));
  EXPECT_EQ(view(2).role, Role::Replica);
  EXPECT_THAT(view(2).reason, HasSubstr("set read_only=1"));
  EXPECT_EQ(build().primary, db(1));
}

TEST_F(TopologyBuilderTest, AReadOnlyServerThatFollowsNobodyIsUnknown) {
  auto stray = answer(2, 0);
  stray.read_only = true;
  feed(2, stray);
  EXPECT_EQ(view(2).role, Role::Unknown);
  EXPECT_EQ(view(2).reason, "read-only and replicates from nobody");
  EXPECT_FALSE(build().primary);
}

TEST_F(TopologyBuilderTest, OfTwoWritableServersTheFollowedOneIsThePrimary) {
  feed_healthy(0);
  feed(3, primary(3, 10));
  EXPECT_EQ(build().primary, db(1));
  EXPECT_EQ(view(3).role, Role::Unknown);
  EXPECT_EQ(build().epoch, 1u);
}

TEST_F(TopologyBuilderTest, TwoWritableServersThatNobodyTellsApartAreNoPrimary) {
  feed(1, primary(1, 0));
  feed(2, primary(2, 1));
  feed(3, failed(3, 1, ErrorKind::Unreachable));
  const Topology topology = build();
  EXPECT_FALSE(topology.primary);
  EXPECT_THAT(topology.no_primary_reason, HasSubstr("db1 and db2 are writable"));
}

TEST_F(TopologyBuilderTest, ASilentPrimaryStaysThePrimaryAndIsDown) {
  feed_healthy(0);
  feed(1, failed(1, 100, ErrorKind::Unreachable));
  const Topology topology = build();
  EXPECT_EQ(topology.primary, db(1));
  EXPECT_EQ(topology.servers[0].health, Health::Down);
  EXPECT_EQ(topology.usable_primary(), nullptr);
  EXPECT_EQ(topology.epoch, 1u);
}

TEST_F(TopologyBuilderTest, APrimaryThatTurnsReadOnlyIsNoPrimary) {
  feed_healthy(0);
  auto closed = primary(1, 100);
  closed.read_only = true;
  feed(1, closed);
  EXPECT_FALSE(build().primary);
  EXPECT_THAT(build().no_primary_reason, HasSubstr("read-only and replicating from nobody: db1"));
  feed(1, primary(1, 200));
  EXPECT_EQ(build().primary, db(1));
  EXPECT_EQ(build().epoch, 1u) << "the same primary as before begins no epoch";
}

TEST_F(TopologyBuilderTest, AnotherPrimaryBeginsAnEpochAndForgetsPositions) {
  feed_healthy(0, 10);
  feed(1, failed(1, 100, ErrorKind::Unreachable));
  feed(2, primary(2, 110, 12));
  const Topology topology = build();
  EXPECT_EQ(topology.primary, db(2));
  EXPECT_EQ(topology.epoch, 2u);
  EXPECT_FALSE(topology.servers[2].covers_primary_as_of);
  feed(3, replica(3, 120, 12, 2));
  EXPECT_EQ(view(3).covers_primary_as_of, at(110));
}

TEST_F(TopologyBuilderTest, ARefusedConnectionIsDownAtOnceAndTwoAnswersBringItBack) {
  feed_healthy(0);
  feed(2, failed(2, 100, ErrorKind::Unreachable));
  EXPECT_EQ(view(2).health, Health::Down);
  EXPECT_EQ(view(2).reason, "connection refused");
  feed(2, replica(2, 200));
  EXPECT_EQ(view(2).health, Health::Down);
  feed(2, replica(2, 300));
  EXPECT_EQ(view(2).health, Health::Up);
}

TEST_F(TopologyBuilderTest, SilenceIsDownOnlyAfterTheTimeout) {
  feed_healthy(0);
  feed(2, failed(2, 500, ErrorKind::Server));
  EXPECT_EQ(view(2).health, Health::Up);
  feed(2, failed(2, 1200, ErrorKind::Timeout));
  EXPECT_EQ(view(2).health, Health::Down);
}

TEST_F(TopologyBuilderTest, LagHasHysteresis) {
  feed_healthy(0, 10);
  feed(1, primary(1, 1000, 20));
  feed(2, replica(2, 5900, 10));
  EXPECT_EQ(view(2).health, Health::Up);
  feed(2, replica(2, 6100, 10));
  EXPECT_EQ(view(2).health, Health::Lagging);
  EXPECT_EQ(view(2).lag, milliseconds(5100));
  EXPECT_THAT(view(2).reason, HasSubstr("5100 ms behind"));
  feed(1, primary(1, 6200, 30));
  feed(2, replica(2, 9000, 20));  // 2800 ms behind: still more than half
  EXPECT_EQ(view(2).health, Health::Lagging);
  feed(1, primary(1, 9100, 40));
  feed(2, replica(2, 9200, 30));
  EXPECT_EQ(view(2).health, Health::Up);
}

TEST_F(TopologyBuilderTest, BrokenReplicationLagsThoughTheServerSaysZero) {
  feed_healthy(0, 10);
  for (std::int64_t ms = 250; ms <= 7000; ms += 250) {
    feed(1, primary(1, ms, 10 + static_cast<std::uint64_t>(ms)));
    auto broken = replica(2, ms + 5, 10);
    broken.sources[0].io_running = false;
    broken.sources[0].seconds_behind = 0;
    feed(2, broken);
  }
  EXPECT_EQ(view(2).health, Health::Lagging);
  EXPECT_THAT(view(2).reason, HasSubstr("IO thread"));
}

TEST_F(TopologyBuilderTest, ALagFromBeforeWeWatchedIsTakenFromTheServer) {
  feed(1, primary(1, 0, 1000));
  auto behind = replica(2, 5, 10);
  behind.sources[0].seconds_behind = 30;
  feed(3, replica(3, 5));
  feed(2, behind);
  EXPECT_EQ(view(2).health, Health::Lagging);
  EXPECT_EQ(view(2).lag, std::chrono::seconds(30));
}

TEST_F(TopologyBuilderTest, ADrainedServerIsDrainedUntilItIsDown) {
  feed_healthy(0);
  builder_.set_drained(db(2), true);
  EXPECT_EQ(view(2).health, Health::Drained);
  feed(2, failed(2, 100, ErrorKind::Lost));
  EXPECT_EQ(view(2).health, Health::Down);
  EXPECT_TRUE(view(2).drained);
  builder_.set_drained(db(2), false);
  feed(2, replica(2, 200));
  feed(2, replica(2, 300));
  EXPECT_EQ(view(2).health, Health::Up);
}

TEST_F(TopologyBuilderTest, AReplicaWithMoreThanItsPrimaryHasDiverged) {
  feed_healthy(0, 10);
  feed(2, replica(2, 100, 15));
  EXPECT_EQ(view(2).health, Health::Up) << "the primary may have moved since it was asked";
  feed(1, primary(1, 200, 12));
  EXPECT_EQ(view(2).health, Health::Diverged);
  feed(1, primary(1, 300, 16));
  EXPECT_EQ(view(2).health, Health::Up);
}

TEST_F(TopologyBuilderTest, AReadMayHaveShownWhatIsLoggedButNotItsOwnErrantWrites) {
  auto observation = replica(2, 0, 10);
  observation.logged = sequence(11);
  EXPECT_EQ(may_show(observation, true), sequence(11));
  observation.logged = Position();
  observation.logged.add({0, 2, 70});
  EXPECT_EQ(may_show(observation, true), sequence(10));
}

TEST_F(TopologyBuilderTest, RevisionsGrow) {
  const auto first = build().revision;
  EXPECT_GT(build().revision, first);
}

TEST_F(TopologyBuilderTest, OneThatWasAppointedLeadsAtOnce) {
  feed_healthy(0);
  feed(1, failed(1, 100, ErrorKind::Unreachable));
  builder_.appoint(db(2), at(0));
  EXPECT_EQ(build().primary, db(2));
  EXPECT_EQ(build().epoch, 2u);
  EXPECT_EQ(view(2).role, Role::Primary);
  feed(3, replica(3, 110));  // still follows the old one
  ServerObservation half_detached = replica(2, 120);
  half_detached.read_only = false;
  feed(2, half_detached);
  EXPECT_EQ(build().primary, db(2));
  feed(1, primary(1, 200, 50));  // the old one is back, writable
  EXPECT_EQ(build().primary, db(2));
  EXPECT_EQ(build().epoch, 2u);
  feed(2, failed(2, 300, ErrorKind::Unreachable));
  EXPECT_EQ(build().primary, db(2)) << "the one before it does not take its place";
}

TEST_F(TopologyBuilderTest, AnotherToolMayReplaceOneThatWasAppointed) {
  feed_healthy(0);
  builder_.appoint(db(2), at(0));
  feed(1, replica(1, 310, 10, 2));
  feed(3, replica(3, 310, 10, 2));
  feed(2, failed(2, 320, ErrorKind::Unreachable));
  feed(1, primary(1, 330, 50));
  EXPECT_EQ(build().primary, db(2)) << "nobody follows db1 yet";
  feed(3, replica(3, 340, 50));
  EXPECT_EQ(build().primary, db(1));
  EXPECT_EQ(build().epoch, 3u);
}

TEST_F(TopologyBuilderTest, AnOldPrimaryThatComesBackDoesNotReplaceOneThatWasAppointed) {
  feed_healthy(0);
  builder_.appoint(db(2), at(0));
  feed(3, replica(3, 305));  // still follows db1
  feed(1, replica(1, 310, 10, 2));
  feed(2, failed(2, 315, ErrorKind::Unreachable));
  feed(1, failed(1, 320, ErrorKind::Unreachable));
  feed(1, primary(1, 330, 50));
  feed(1, primary(1, 340, 50));
  EXPECT_EQ(build().primary, db(2)) << "it has come back writable, nobody has opened it";
  feed(1, replica(1, 350, 50, 2));
  feed(1, primary(1, 360, 50));
  EXPECT_EQ(build().primary, db(1)) << "somebody has";
}

ServerObservation wrote(ServerObservation observation, const Gtid& gtid) {
  observation.binlog_state.add(gtid);
  return observation;
}

// db2 has led since; it is gone, db3 has what it wrote, and db1 is back as it was.
TEST_F(TopologyBuilderTest, AfterAStartAPrimaryOfThePastDoesNotLead) {
  feed(1, wrote(primary(1, 0, 10), {0, 1, 10}));
  feed(2, failed(2, 0, ErrorKind::Unreachable));
  feed(3, wrote(wrote(replica(3, 0, 12, 2), {0, 1, 10}), {0, 2, 12}));
  EXPECT_FALSE(build().primary);
  EXPECT_THAT(build().no_primary_reason, HasSubstr("db1 takes writes, but others have gone on"));
}

TEST_F(TopologyBuilderTest, AMistakeOnTheMiddleOfAChainKeepsNobodyFromLeading) {
  feed(1, wrote(primary(1, 0, 10), {0, 1, 10}));
  feed(2, wrote(wrote(replica(2, 0, 12, 1), {0, 1, 10}), {0, 2, 12}));
  feed(3, wrote(wrote(replica(3, 0, 12, 2), {0, 1, 10}), {0, 2, 12}));
  EXPECT_EQ(build().primary, db(1));
}

TEST_F(TopologyBuilderTest, NobodyLeadsBeforeEverybodyWasAsked) {
  feed(1, primary(1, 0));
  feed(2, replica(2, 0));
  EXPECT_FALSE(build().primary);
  EXPECT_THAT(build().no_primary_reason, HasSubstr("not asked yet: db3"));
  feed(3, failed(3, 0, ErrorKind::Timeout));
  EXPECT_EQ(build().primary, db(1));
}

TEST_F(TopologyBuilderTest, AfterAStartOneThatWasOpenedAtRestSpeaksAgainstItsSource) {
  auto opened = wrote(wrote(replica(2, 0, 12), {0, 1, 10}), {0, 2, 12});
  opened.read_only = false;
  opened.sources[0].io_running = opened.sources[0].sql_running = false;
  feed(1, wrote(primary(1, 0, 10), {0, 1, 10}));
  feed(2, opened);
  feed(3, failed(3, 0, ErrorKind::Unreachable));
  EXPECT_FALSE(build().primary);
}

// Two that take writes: that somebody follows the one is not enough if the other went on.
TEST_F(TopologyBuilderTest, AContestedPrimaryNeedsAllToFollow) {
  feed(1, wrote(primary(1, 0, 10), {0, 1, 10}));
  feed(2, wrote(wrote(primary(2, 0, 12), {0, 1, 9}), {0, 2, 12}));
  feed(3, failed(3, 0, ErrorKind::Timeout));
  EXPECT_FALSE(build().primary);
  feed(3, replica(3, 10));
  feed(3, replica(3, 20));
  EXPECT_EQ(build().primary, db(1));
}

TEST_F(TopologyBuilderTest, OneThatWasFoundIsNotReplacedByOneThatComesBackWritable) {
  feed(1, failed(1, 0, ErrorKind::Timeout));
  feed(2, primary(2, 0, 12));
  feed(3, replica(3, 0, 10, 1));
  ASSERT_EQ(build().primary, db(2));
  feed(1, primary(1, 100, 10));
  feed(1, primary(1, 200, 10));
  EXPECT_EQ(build().primary, db(2)) << "though db3 follows db1";
}

TEST_F(TopologyBuilderTest, WhatWasAskedBeforeTheAppointmentDoesNotCount) {
  feed_healthy(0);
  feed(1, failed(1, 100, ErrorKind::Timeout));
  builder_.appoint(db(2), at(120));
  feed(2, replica(2, 110));
  EXPECT_EQ(build().primary, db(2));
  EXPECT_EQ(view(2).role, Role::Primary);
}

}  // namespace
}  // namespace understudy::replication

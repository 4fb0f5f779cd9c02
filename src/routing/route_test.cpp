#include "routing/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "routing/route_fixture.h"

namespace understudy::routing {
namespace {

using replication::Health;
using replication::Role;
using replication::Topology;
using std::chrono::milliseconds;
using testing::at;
using testing::cluster;
using testing::db;
using testing::observe;
using testing::RouteTest;
using testing::sequence;

TEST_F(RouteTest, WhatIsNoReadGoesToThePrimary) {
  Request request;
  const Route route = go(request);
  ASSERT_TRUE(route.found);
  EXPECT_EQ(route.target, db(1));
  EXPECT_EQ(route.reason, Reason::NeedsPrimary);
  EXPECT_TRUE(route.tracked);
}

TEST_F(RouteTest, WithoutAPrimaryTheReasonIsSaid) {
  topology_.primary.reset();
  topology_.no_primary_reason = "no server answers";
  const Request request;
  const Route route = go(request);
  EXPECT_FALSE(route.found);
  EXPECT_EQ(route.reason, Reason::NoPrimary);
  EXPECT_EQ(explain(route, request, topology_).message, "there is no primary: no server answers");
}

TEST_F(RouteTest, APrimaryThatIsClosedGetsNothingNew) {
  topology_.primary_closed = true;
  options_.primary_reads = PrimaryReads::Always;
  const Request write;
  EXPECT_EQ(go(write).reason, Reason::PrimaryClosed);
  EXPECT_THAT(explain(go(write), write, topology_).message,
              ::testing::HasSubstr("a change of primary is under way: db1"));
  EXPECT_EQ(go(Consistency::Strong).reason, Reason::PrimaryClosed);
  Request named = read(Consistency::Eventual);
  named.server = "db1";
  EXPECT_EQ(go(named).reason, Reason::PrimaryClosed);
  EXPECT_EQ(spread(read(Consistency::Eventual), 100).count(1), 0u) << "reads go on at the replicas";
  set_replicas(Health::Down);
  EXPECT_EQ(go(Consistency::Eventual).reason, Reason::PrimaryClosed);
}

TEST_F(RouteTest, ASessionOfAnotherEpochIsNotTiedToThePrimaryOfThat) {
  reads_.note_read(db(1), at(5), topology_);
  server(1).health = Health::Down;
  EXPECT_EQ(go(Consistency::Session).reason, Reason::PrimaryDown) << "only that one has it";
  topology_.epoch = 2;
  topology_.primary = db(2);
  server(1).role = Role::Unknown;
  server(2).role = Role::Primary;
  const Route route = go(Consistency::Session);
  EXPECT_EQ(route.target, db(2));
  EXPECT_EQ(route.reason, Reason::OtherEpoch);
  EXPECT_FALSE(route.settle_first);
}

TEST_F(RouteTest, APrimaryThatIsDownTakesNothing) {
  server(1).health = Health::Down;
  server(1).reason = "connection refused";
  const Request request;
  EXPECT_EQ(go(request).reason, Reason::PrimaryDown);
  EXPECT_THAT(explain(go(request), request, topology_).message,
              ::testing::HasSubstr("connection refused"));
  EXPECT_TRUE(go(Consistency::Session).found) << "reads go on at the replicas";
}

TEST_F(RouteTest, ADrainedPrimaryStillWrites) {
  server(1).health = Health::Drained;
  EXPECT_TRUE(go(Request()).found);
}

TEST_F(RouteTest, EachHealthButUpTakesAReplicaOut) {
  for (const Health health : {Health::Down, Health::Lagging, Health::Drained, Health::Diverged}) {
    server(2).health = health;
    const auto counts = spread(read(Consistency::Eventual), 10);
    EXPECT_EQ(counts, (std::map<int, int>{{3, 10}})) << to_text(health);
  }
}

TEST_F(RouteTest, ReadsAreSpreadEvenlyByEveryBalance) {
  topology_ = cluster(4);
  for (const Balance balance : {Balance::LeastOutstanding, Balance::RoundRobin, Balance::Latency}) {
    options_.balance = balance;
    load_ = Load();
    const auto counts = spread(read(Consistency::Eventual), 300);
    EXPECT_EQ(counts, (std::map<int, int>{{2, 100}, {3, 100}, {4, 100}}));
  }
}

TEST_F(RouteTest, TheTurnGoesByWeight) {
  options_.balance = Balance::RoundRobin;
  server(2).weight = 300;
  EXPECT_EQ(spread(read(Consistency::Eventual), 400), (std::map<int, int>{{2, 300}, {3, 100}}));
  server(2).weight = 0;
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{3, 10}}));
}

TEST_F(RouteTest, TheServerWithFewerOutstandingStatementsIsTaken) {
  for (int i = 0; i < 40; ++i)
    load_.begin(db(2));
  EXPECT_EQ(spread(read(Consistency::Eventual), 20), (std::map<int, int>{{3, 20}}));
  for (int i = 0; i < 40; ++i)
    load_.end(db(2));
  EXPECT_EQ(spread(read(Consistency::Eventual), 20), (std::map<int, int>{{2, 20}}))
      << "it was passed over as often";
  EXPECT_EQ(spread(read(Consistency::Eventual), 20), (std::map<int, int>{{2, 10}, {3, 10}}));
}

TEST_F(RouteTest, AServerThatWasAwayForLongIsNotFlooded) {
  server(2).health = Health::Down;
  spread(read(Consistency::Eventual), 5000);
  server(2).health = Health::Up;
  EXPECT_EQ(spread(read(Consistency::Eventual), 20), (std::map<int, int>{{2, 10}, {3, 10}}));
  load_.at(db(2)).outstanding = 40;
  spread(read(Consistency::Eventual), 5000);
  load_.at(db(2)).outstanding = 0;
  EXPECT_LT(spread(read(Consistency::Eventual), 10'000)[2], 6'100);
}

TEST_F(RouteTest, TheFasterServerIsTakenByLatency) {
  options_.balance = Balance::Latency;
  load_.begin(db(2));
  load_.end(db(2), milliseconds(9));
  load_.begin(db(3));
  load_.end(db(3), milliseconds(1));
  EXPECT_EQ(go(Consistency::Eventual).target, db(3));
}

TEST_F(RouteTest, ThePreferredZoneIsTakenWhileItHasAReplica) {
  options_.zone = "west";
  server(3).zone = "west";
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{3, 10}}));
  server(3).health = Health::Down;
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{2, 10}}));
}

TEST_F(RouteTest, PrimaryReadsSaysWhetherThePrimaryAnswersReads) {
  EXPECT_EQ(spread(read(Consistency::Eventual), 30), (std::map<int, int>{{2, 15}, {3, 15}}));
  options_.primary_reads = PrimaryReads::Always;
  EXPECT_EQ(spread(read(Consistency::Eventual), 30),
            (std::map<int, int>{{1, 10}, {2, 10}, {3, 10}}));
  set_replicas(Health::Down);
  options_.primary_reads = PrimaryReads::Fallback;
  EXPECT_EQ(go(Consistency::Eventual).target, db(1));
  EXPECT_EQ(go(Consistency::Eventual).reason, Reason::NoReplicaFits);
  options_.primary_reads = PrimaryReads::Never;
  EXPECT_EQ(go(Consistency::Eventual).reason, Reason::NoReplicaAllowed);
  EXPECT_FALSE(go(Consistency::Eventual).found);
}

TEST_F(RouteTest, StrongReadsRunOnThePrimary) {
  const Route route = go(Consistency::Strong);
  EXPECT_EQ(route.target, db(1));
  EXPECT_EQ(route.reason, Reason::Strong);
}

TEST_F(RouteTest, BoundedTakesReplicasThatAreProvenWithinTheBound) {
  Request request = read(Consistency::Bounded);
  request.max_lag = milliseconds(500);
  request.now = at(600);
  server(2).covers_primary_as_of = at(99);
  server(3).covers_primary_as_of = at(100);
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{3, 10}}));
  EXPECT_EQ(go(request).reason, Reason::WithinBound);
  EXPECT_FALSE(go(request).tracked);
}

TEST_F(RouteTest, BoundedWaitsForAPositionOfThePrimaryThatIsWithinTheBound) {
  Request request = read(Consistency::Bounded);
  request.max_lag = milliseconds(100);
  request.now = at(300);
  observe(topology_, 1, 77, 210);
  const Route route = go(request);
  EXPECT_EQ(route.reason, Reason::BoundAfterWait);
  EXPECT_NE(route.target, db(1));
  EXPECT_EQ(route.wait_for, sequence(77));
  request.now = at(311);
  EXPECT_EQ(go(request).target, db(1)) << "no position of the primary is that new";
  EXPECT_EQ(go(request).reason, Reason::NoneFreshEnough);
}

TEST_F(RouteTest, ASessionSeesItsWriteOnReplicasThatHaveItOrWaitForIt) {
  reads_.note_write(sequence(20), db(1), at(5), topology_);
  Route route = go(Consistency::Session);
  EXPECT_EQ(route.reason, Reason::SessionAfterWait);
  EXPECT_EQ(route.wait_for, sequence(20));
  EXPECT_NE(route.target, db(1));
  load_.learn(db(2), sequence(20), topology_.epoch);
  load_.learn(db(3), sequence(20), topology_.epoch);
  route = go(Consistency::Session);
  EXPECT_EQ(route.reason, Reason::CoversSession);
  EXPECT_TRUE(route.wait_for.empty());
}

TEST_F(RouteTest, ASessionPrefersReplicasThatNeedNoLongWait) {
  reads_.note_write(sequence(20), db(1), at(5), topology_);
  server(2).lag = milliseconds(300);
  observe(topology_, 3, 20, 6);
  EXPECT_EQ(spread(read(Consistency::Session), 10), (std::map<int, int>{{3, 10}}));
  observe(topology_, 3, 10, 7);
  server(3).lag = milliseconds(150);
  EXPECT_EQ(go(Consistency::Session).target, db(3)) << "the least lagging one";
  EXPECT_EQ(go(Consistency::Session).wait_for, sequence(20));
  server(2).lag = server(3).lag = milliseconds(1500);
  EXPECT_EQ(go(Consistency::Session).target, db(1)) << "no wait could succeed";
  EXPECT_TRUE(go(Consistency::Session).wait_for.empty());
}

TEST_F(RouteTest, AnUnsettledSessionStaysOnItsReplicaOrGoesToThePrimary) {
  reads_.note_read(db(3), at(5), topology_);
  EXPECT_EQ(spread(read(Consistency::Session), 10), (std::map<int, int>{{3, 10}}));
  EXPECT_EQ(go(Consistency::Session).reason, Reason::StaysOnServer);
  Request request = read(Consistency::Session);
  request.excluded.add(db(3));
  EXPECT_EQ(go(request).target, db(1));
  EXPECT_EQ(go(request).reason, Reason::OnlyPrimaryHasIt);
  observe(topology_, 3, 15, 6);
  const Route settled = go(request);
  EXPECT_EQ(settled.target, db(2));
  EXPECT_EQ(settled.wait_for, sequence(15));
}

TEST_F(RouteTest, ReplicasThatLagAboutAsMuchShareASessionsReads) {
  reads_.note_write(sequence(20), db(1), at(5), topology_);
  server(2).lag = milliseconds(120);
  server(3).lag = milliseconds(60);
  load_.learn(db(3), sequence(20), topology_.epoch);
  EXPECT_EQ(spread(read(Consistency::Session), 10), (std::map<int, int>{{2, 5}, {3, 5}}));
}

TEST_F(RouteTest, ASessionThatReadsWithoutAPauseIsToSettleNowAndThen) {
  int reads = 0;
  for (; !go(Consistency::Session).settle_first; ++reads) {
    ASSERT_LT(reads, 100);
    reads_.note_read(db(3), at(5), topology_);
  }
  EXPECT_GT(reads, 4) << "the question costs a round trip";
  EXPECT_EQ(go(Consistency::Session).target, db(3)) << "whom to ask";
  Request request = read(Consistency::Session);
  request.excluded.add(db(2));
  EXPECT_FALSE(go(request).settle_first) << "nobody else could answer";
  reads_.settle_with(sequence(10), topology_);
  EXPECT_FALSE(go(Consistency::Session).settle_first);
  EXPECT_EQ(spread(read(Consistency::Session), 10), (std::map<int, int>{{2, 10}}))
      << "the other one had all reads so far";
}

TEST_F(RouteTest, LoadsThatAreAlmostEqualShareReadsEvenly) {
  load_.at(db(2)).outstanding = 90;
  load_.at(db(3)).outstanding = 16;
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{2, 5}, {3, 5}}));
  load_.at(db(2)).outstanding = 97;
  EXPECT_EQ(spread(read(Consistency::Eventual), 10), (std::map<int, int>{{3, 10}}));
}

TEST_F(RouteTest, ASessionOfAnotherEpochReadsOnThePrimary) {
  reads_.note_write(sequence(5), db(1), at(5), topology_);
  topology_.epoch = 2;
  EXPECT_EQ(go(Consistency::Session).target, db(1));
  EXPECT_EQ(go(Consistency::Session).reason, Reason::OtherEpoch);
  EXPECT_NE(go(Consistency::Eventual).target, db(1));
}

TEST_F(RouteTest, LearnedPositionsOfAnotherEpochDoNotCount) {
  reads_.note_write(sequence(20), db(1), at(5), topology_);
  load_.learn(db(2), sequence(20), 9);
  load_.learn(db(3), sequence(20), 9);
  EXPECT_EQ(go(Consistency::Session).wait_for, sequence(20));
}

TEST_F(RouteTest, ExcludedServersAreLeftOut) {
  Request request = read(Consistency::Eventual);
  request.excluded.add(db(2));
  EXPECT_EQ(spread(request, 10), (std::map<int, int>{{3, 10}}));
  request.excluded.add(db(3));
  EXPECT_EQ(go(request).target, db(1));
  request.excluded.add(db(1));
  EXPECT_EQ(go(request).reason, Reason::PrimaryExcluded);
}

TEST_F(RouteTest, EveryReasonHasASentence) {
  for (int i = 0; i <= static_cast<int>(Reason::UnknownTag); ++i)
    EXPECT_FALSE(to_text(static_cast<Reason>(i)).empty()) << i;
}

}  // namespace
}  // namespace understudy::routing

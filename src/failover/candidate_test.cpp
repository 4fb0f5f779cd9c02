#include "failover/candidate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::HasSubstr;

class CandidateTest : public ::testing::Test {
 protected:
  CandidateTest() { healthy(three_servers()); }

  void healthy(const PlannerSettings& settings) {
    detector_ = std::make_unique<Detector>(settings.detector);
    observe_healthy(*detector_, 0);
    observe_dead_primary(*detector_, 100);
  }
  [[nodiscard]] Choice chosen(std::string_view acknowledged = "",
                              const std::vector<ServerId>& not_these = {}) const {
    return choose(*detector_, pos(acknowledged), not_these);
  }

  std::unique_ptr<Detector> detector_;
};

TEST_F(CandidateTest, TheOneThatReceivedMost) {
  detector_->observe(db(2), lost_source(following_one(2, 1, 200, 12, 12)));
  detector_->observe(db(3), lost_source(following_one(3, 1, 200, 13, 5)));
  EXPECT_EQ(chosen().server, db(3));
  EXPECT_TRUE(chosen().missing.empty());
  EXPECT_THAT(chosen().reason, HasSubstr("db3 has received 0-1-13"));
}

TEST_F(CandidateTest, OfEqualsTheOneWithLessLeftToApply) {
  detector_->observe(db(2), lost_source(following_one(2, 1, 200, 12, 5)));
  detector_->observe(db(3), lost_source(following_one(3, 1, 200, 12, 11)));
  EXPECT_EQ(chosen().server, db(3));
}

TEST_F(CandidateTest, OfEqualsTheOneInTheZoneOfTheOldPrimary) {
  PlannerSettings settings = three_servers();
  settings.detector.servers[0].zone = "east";
  settings.detector.servers[1].zone = "west";
  settings.detector.servers[1].priority = 200;
  settings.detector.servers[2].zone = "east";
  healthy(settings);
  EXPECT_EQ(chosen().server, db(3));
}

TEST_F(CandidateTest, OfEqualsTheOneOfHigherPriority) {
  PlannerSettings settings = three_servers();
  settings.detector.servers[2].priority = 200;
  healthy(settings);
  EXPECT_EQ(chosen().server, db(3));
}

TEST_F(CandidateTest, NeverOneOfPriorityZero) {
  PlannerSettings settings = three_servers();
  settings.detector.servers[1].priority = 0;
  settings.detector.servers[2].priority = 0;
  healthy(settings);
  EXPECT_EQ(chosen().server, std::nullopt);
  EXPECT_THAT(chosen().reason, HasSubstr("db2 has priority 0"));
}

TEST_F(CandidateTest, NeverOneWithTransactionsOfItsOwn) {
  ServerObservation polluted = lost_source(following_one(2, 1, 200, 20, 20));
  polluted.binlog_state.add({0, 2, 21});
  polluted.logged.add({0, 2, 21});
  detector_->observe(db(2), polluted);
  EXPECT_EQ(chosen().server, db(3));
  EXPECT_THAT(chosen().reason, HasSubstr("db2 has transactions of its own: 0-2-21"));
}

struct Unfit {
  const char* name;
  void (*spoil)(ServerObservation&);
  const char* reason;
};

class UnfitTest : public CandidateTest, public ::testing::WithParamInterface<Unfit> {};

TEST_P(UnfitTest, IsNotChosen) {
  ServerObservation seen = lost_source(following_one(2, 1, 200, 20, 20));
  GetParam().spoil(seen);
  detector_->observe(db(2), seen);
  EXPECT_EQ(chosen().server, db(3));
  EXPECT_THAT(chosen().reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, UnfitTest,
    ::testing::Values(
        Unfit{"NoBinaryLog", [](ServerObservation& seen) { seen.binlog = false; },
              "has no binary log"},
        Unfit{"DoesNotLogWhatItReplicates",
              [](ServerObservation& seen) { seen.log_replica_updates = false; },
              "does not log what it replicates"},
        Unfit{"NoGtids", [](ServerObservation& seen) { seen.sources.front().using_gtid = false; },
              "without GTIDs"},
        Unfit{"CannotApply",
              [](ServerObservation& seen) {
                seen.sources.front().sql_running = false;
                seen.sources.front().last_sql_error_code = 1062;
                seen.sources.front().last_sql_error = "Duplicate entry";
              },
              "cannot apply: Duplicate entry"},
        Unfit{"DoesNotAnswer",
              [](ServerObservation& seen) {
                seen.failure = make_error(ErrorKind::Timeout, "no answer");
              },
              "does not answer"}),
    [](const auto& test) { return test.param.name; });

TEST_F(CandidateTest, AStoppedSqlThreadIsNoObstacle) {
  ServerObservation seen = lost_source(following_one(2, 1, 200, 20, 5));
  seen.sources.front().sql_running = false;
  detector_->observe(db(2), seen);
  EXPECT_EQ(chosen().server, db(2));
}

TEST_F(CandidateTest, WhatWasAcknowledgedAndIsNowhereIsMissing) {
  EXPECT_EQ(chosen("0-1-15").server, db(2));
  EXPECT_EQ(chosen("0-1-15").missing, pos("0-1-15"));
  EXPECT_THAT(chosen("0-1-15").reason, HasSubstr("0-1-15 is missing"));
}

TEST_F(CandidateTest, WhatOnlyAServerThatFailedHasReceivedIsMissing) {
  detector_->observe(db(3), lost_source(following_one(3, 1, 200, 30)));
  detector_->observe(db(3), failed(300, ErrorKind::Timeout));
  EXPECT_EQ(chosen().server, db(2));
  EXPECT_EQ(chosen().missing, pos("0-1-30"));
}

TEST_F(CandidateTest, ARelayLogThatWasThrownAwayIsMissing) {
  detector_->observe(db(2), lost_source(following_one(2, 1, 200, 30)));
  detector_->observe(db(2), lost_source(following_one(2, 1, 300, 10)));
  EXPECT_EQ(chosen().missing, pos("0-1-30"));
}

TEST_F(CandidateTest, OneThatFailedJustNowIsLeftOut) {
  EXPECT_EQ(chosen("", {db(2)}).server, db(3));
  EXPECT_EQ(chosen("", {db(2), db(3)}).server, std::nullopt);
  EXPECT_THAT(chosen("", {db(2), db(3)}).reason, HasSubstr("db2 failed just now"));
}

// The longer of two histories need not be the one that clients were told of.
TEST_F(CandidateTest, AServerOfAnotherHistoryMayHaveWhatTheChoiceLacks) {
  Detector fresh(three_servers().detector);
  ServerObservation first = leading(1, 0, 30);
  first.read_only = true;
  ServerObservation other = following_one(2, 3, 0);
  other.logged = pos("0-3-20");
  other.binlog_state.add({0, 3, 20});
  other.applied = pos("0-3-20");
  other.sources.front().received = pos("0-3-20");
  fresh.observe(db(1), first);
  fresh.observe(db(2), other);
  fresh.observe(db(3), failed(0));
  const Choice choice = choose(fresh, {}, {});
  EXPECT_EQ(choice.server, db(1));
  EXPECT_EQ(choice.missing, pos("0-3-20"));
}

TEST_F(CandidateTest, OneThatWentOnAloneLacksWhatHasTheSamePosition) {
  Detector fresh(three_servers().detector);
  ServerObservation alone = leading(1, 0, 30);
  alone.read_only = true;
  fresh.observe(db(1), alone);
  EXPECT_EQ(lacking(fresh.member(db(1)), pos("0-2-30")), pos("0-2-30"));
  EXPECT_EQ(lacking(fresh.member(db(1)), pos("0-2-25")), pos("0-2-25"));
  EXPECT_TRUE(lacking(fresh.member(db(1)), pos("0-1-30")).empty());
}

TEST_F(CandidateTest, TransactionsOfAServersOwnAreNotMissed) {
  ServerObservation errant = lost_source(following_one(3, 1, 200));
  errant.logged = pos("0-3-30");
  errant.binlog_state.add({0, 3, 30});
  errant.applied = pos("0-3-30");
  detector_->observe(db(3), errant);
  EXPECT_EQ(chosen().server, db(2));
  EXPECT_TRUE(chosen().missing.empty());
}

}  // namespace
}  // namespace understudy::failover

#include "failover/failover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class FailoverTest : public ::testing::Test {
 protected:
  FailoverTest() {
    observe_healthy(desk_.detector_, 0);
    observe_dead_primary(desk_.detector_, 100);
    desk_.now_ = at(110);
  }

  void step() { failover_.step(desk_); }
  // The oldest open order of a server has this result.
  Order finish(int server, std::optional<OrderResult> result = std::nullopt) {
    Order order = desk_.take(db(server));
    desk_.did(FakeDesk::text(order) + (result && result->error ? " failed" : ""));
    failover_.finished(order.id, result.value_or(done(order)));
    step();
    return order;
  }
  void see(int server, const ServerObservation& observation) {
    desk_.detector_.observe(db(server), observation);
    step();
  }
  void pass(int milliseconds) { desk_.now_ += ms(milliseconds); }
  [[nodiscard]] int now_ms() const { return static_cast<int>(to_ms(desk_.now_ - at(0))); }

  FakeDesk desk_;
  Failover failover_{false};
};

TEST_F(FailoverTest, GoesStepByStep) {
  step();
  EXPECT_THAT(desk_.open(), UnorderedElementsAre("db2: start_applying stop_receiving wait_applied",
                                                 "db3: stop_receiving wait_applied"));
  const Order drain = finish(2);
  EXPECT_EQ(drain.actions.back().position, pos("0-1-10"));
  EXPECT_THAT(desk_.looks_, Contains(db(2)));
  see(2, lost_source(following_one(2, 1, 120)));
  EXPECT_THAT(desk_.open(), Contains("db2: stop_applying open"));
  finish(3);
  EXPECT_THAT(desk_.open(), Contains("db3: follow"));
  EXPECT_FALSE(failover_.succeeded());
  finish(2);
  EXPECT_TRUE(failover_.succeeded());
  EXPECT_THAT(desk_.done_, Contains("appoint db2"));
  EXPECT_EQ(desk_.done_.back(), "release");
  EXPECT_FALSE(failover_.over());
  EXPECT_THAT(desk_.open(), UnorderedElementsAre("db3: follow", "db2: detach"));
  EXPECT_EQ(finish(3).actions.front().source, db(2));
  finish(2);
  EXPECT_TRUE(failover_.over());
}

TEST_F(FailoverTest, AppliesWhatCameInWhileItWasDrained) {
  step();
  finish(2);
  see(2, lost_source(following_one(2, 1, 120, 15, 10)));
  EXPECT_THAT(desk_.open(), Contains("db2: start_applying stop_receiving wait_applied"));
  pass(20);
  const Order again = finish(2);
  EXPECT_EQ(again.actions.back().position, pos("0-1-15"));
  pass(50);
  see(2, lost_source(following_one(2, 1, now_ms(), 15, 15)));
  EXPECT_THAT(desk_.open(), Contains("db2: stop_applying open"));
}

TEST_F(FailoverTest, ABacklogThatTakesLongerIsWaitedForAsLongAsTheServerLives) {
  see(2, lost_source(following_one(2, 1, 108, 1000, 10)));
  for (int i = 1; i <= 10; ++i) {
    OrderResult applies_still = not_done(ErrorKind::Timeout);
    applies_still.done = 2;
    finish(2, applies_still);
    pass(5000);
    see(2, lost_source(following_one(2, 1, now_ms(), 1000, 10 * i)));
    EXPECT_THAT(desk_.open(), Contains("db2: start_applying stop_receiving wait_applied"));
  }
  pass(10);
  finish(2);
  pass(10);
  see(2, lost_source(following_one(2, 1, now_ms(), 1000, 1000)));
  EXPECT_THAT(desk_.open(), Contains("db2: stop_applying open"));
}

TEST_F(FailoverTest, OldAnswersDoNotSayThatAllIsApplied) {
  step();
  desk_.now_ = at(130);
  finish(2);
  see(2, lost_source(following_one(2, 1, 120)));
  EXPECT_THAT(desk_.open(), Not(Contains("db2: stop_applying open")));
}

// What fails, and who is chosen instead.
TEST_F(FailoverTest, AnotherIsChosenWhenTheCandidateFailsWhileItIsDrained) {
  step();
  finish(2, not_done());
  EXPECT_THAT(desk_.notes(), HasSubstr("failover_candidate_failed server=db2 reason=broken"));
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, AnotherIsChosenWhenTheCandidateIsGoneBeforeItIsOpen) {
  step();
  finish(2);
  see(2, failed(120));
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, AnotherIsChosenWhenThePromotionFails) {
  step();
  finish(2);
  see(2, lost_source(following_one(2, 1, 120)));
  finish(2, not_done());
  EXPECT_FALSE(failover_.succeeded());
  see(2, failed(130));
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
  EXPECT_THAT(desk_.done_, Not(Contains("appoint db2")));
}

TEST_F(FailoverTest, ThatAnotherServerCannotFollowIsLeftToUpkeep) {
  step();
  finish(2);
  see(2, lost_source(following_one(2, 1, 120)));
  finish(3, not_done());
  finish(2);
  EXPECT_TRUE(failover_.succeeded());
  finish(2, not_done());
  EXPECT_TRUE(failover_.over());
}

TEST_F(FailoverTest, NobodyIsSentElsewhereBeforeItHasAppliedAll) {
  step();
  finish(2);
  see(2, lost_source(following_one(2, 1, 120)));
  EXPECT_THAT(desk_.open(), Not(Contains("db3: follow")));
  finish(3, not_done(ErrorKind::Timeout));
  EXPECT_THAT(desk_.open(), Not(Contains("db3: follow")));
}

// Three servers that keep their relay logs when they turn to another source.
class FailoverOnMySqlTest : public FailoverTest {
 protected:
  FailoverOnMySqlTest() {
    for (const int server : {2, 3})
      desk_.detector_.observe(db(server), replica(server, 108));
  }
  static ServerObservation replica(int server, int when) {
    ServerObservation seen = lost_source(following_one(server, 1, when));
    seen.flavour = replication::Flavour::MySql;
    return seen;
  }
};

TEST_F(FailoverOnMySqlTest, TheOthersAreSentAtOnce) {
  step();
  EXPECT_THAT(desk_.open(), UnorderedElementsAre("db2: start_applying stop_receiving wait_applied",
                                                 "db3: stop_receiving"));
  finish(3);
  EXPECT_THAT(desk_.open(), UnorderedElementsAre("db2: start_applying stop_receiving wait_applied",
                                                 "db3: follow"));
  const Order follow = finish(3);
  EXPECT_EQ(follow.actions.front().source, db(2));
  EXPECT_TRUE(follow.actions.front().keeps_relay_log);
  finish(2);
  see(2, replica(2, 120));
  finish(2);
  EXPECT_THAT(desk_.open(), ElementsAre("db2: detach"));
}

TEST_F(FailoverOnMySqlTest, WhoWasSentToACandidateThatFailsMayLead) {
  step();
  finish(3);
  finish(3);
  finish(2, not_done());
  see(3, replica(3, 120));
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverOnMySqlTest, WhoWasSentReturnsToAPrimaryThatIsBack) {
  step();
  finish(3);
  finish(3);
  ASSERT_TRUE(failover_.may_be_given_up());
  failover_.give_up(desk_);
  EXPECT_EQ(desk_.take(db(3)).actions.front().source, db(1));
  EXPECT_THAT(desk_.open(), Contains("db2: start_applying start_receiving"));
}

TEST_F(FailoverOnMySqlTest, WhoUsesNoGtidsAppliesAllBefore) {
  ServerObservation seen = replica(3, 109);
  seen.sources.front().using_gtid = false;
  desk_.detector_.observe(db(3), seen);
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: stop_receiving wait_applied"));
}

TEST_F(FailoverTest, WaitsWhenWhatWasAcknowledgedIsMissing) {
  ServerObservation primary = leading(1, 50, 12);
  primary.semi_sync_source = true;
  desk_.detector_.observe(db(1), primary);
  observe_dead_primary(desk_.detector_, 100);
  desk_.acknowledged_ = pos("0-1-12");
  step();
  EXPECT_THAT(desk_.open(), IsEmpty());
  EXPECT_THAT(failover_.blocked(), HasSubstr("0-1-12 is missing"));
  pass(100);
  step();
  EXPECT_EQ(desk_.notes_.size(), 1u) << "said once";

  see(3, lost_source(following_one(3, 1, 200, 12, 10)));
  pass(100);
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
  EXPECT_TRUE(failover_.blocked().empty());
}

TEST_F(FailoverTest, AnOperatorMayAcceptALoss) {
  ServerObservation primary = leading(1, 50, 12);
  primary.semi_sync_source = true;
  desk_.detector_.observe(db(1), primary);
  observe_dead_primary(desk_.detector_, 100);
  desk_.acknowledged_ = pos("0-1-12");
  step();
  failover_.force();
  pass(100);
  step();
  EXPECT_THAT(desk_.notes(), HasSubstr("lost=0-1-12"));
  EXPECT_THAT(desk_.open(), Contains("db2: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, WithoutSemiSyncWhatIsMissingIsTold) {
  desk_.acknowledged_ = pos("0-1-12");
  step();
  EXPECT_THAT(desk_.notes(), HasSubstr("lost=0-1-12"));
  EXPECT_THAT(desk_.open(), Contains("db2: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, NobodyCanTakeTheLead) {
  desk_.detector_.observe(db(2), failed(108));
  desk_.detector_.observe(db(3), failed(108));
  step();
  EXPECT_THAT(failover_.blocked(), HasSubstr("no server can take the lead"));
  EXPECT_TRUE(failover_.may_be_given_up());
  desk_.detector_.observe(db(3), lost_source(following_one(3, 1, 150)));
  step();
  EXPECT_THAT(desk_.open(), IsEmpty()) << "not at once again";
  pass(100);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, WhatWasStoppedIsStartedWhenThePrimaryIsBack) {
  step();
  finish(3);
  finish(2, not_done());
  ASSERT_TRUE(failover_.may_be_given_up());
  failover_.give_up(desk_);
  EXPECT_TRUE(failover_.over());
  EXPECT_FALSE(failover_.succeeded());
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying start_receiving"));
}

TEST_F(FailoverTest, SemiSyncIsOnWhereSomebodyIsLeftToAcknowledge) {
  for (const int server : {2, 3}) {
    ServerObservation seen = lost_source(following_one(server, 1, 108));
    seen.semi_sync_replica = true;
    desk_.detector_.observe(db(server), seen);
  }
  step();
  finish(2);
  ServerObservation drained = lost_source(following_one(2, 1, 120));
  drained.semi_sync_replica = true;
  see(2, drained);
  EXPECT_THAT(desk_.open(), Contains("db2: stop_applying semi_sync_source_on open"));
}

TEST_F(FailoverTest, SemiSyncIsOffWhereNobodyIsLeft) {
  desk_.detector_.observe(db(3), failed(108));
  ServerObservation seen = lost_source(following_one(2, 1, 108));
  seen.semi_sync_replica = true;
  desk_.detector_.observe(db(2), seen);
  step();
  finish(2);
  seen.sent = at(120);
  see(2, seen);
  EXPECT_THAT(desk_.open(), Contains("db2: stop_applying semi_sync_source_off open"));
}

TEST_F(FailoverTest, WritersAreCutBeforeAnythingIsDrained) {
  step();
  EXPECT_THAT(desk_.done_, ElementsAre("hold", "cut"));
}

TEST_F(FailoverTest, OneThatDoesNotHearTheOrderToStopReceivingIsLeftOut) {
  step();
  finish(2, not_done(ErrorKind::Timeout));
  EXPECT_THAT(desk_.notes(), HasSubstr("failover_candidate_failed server=db2"));
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
}

TEST_F(FailoverTest, OneThatCannotApplyIsLeftOut) {
  step();
  OrderResult applies_still = not_done(ErrorKind::Timeout);
  applies_still.done = 2;
  finish(2, applies_still);
  pass(5000);
  ServerObservation stuck = lost_source(following_one(2, 1, now_ms(), 20, 10));
  stuck.sources.front().sql_running = false;
  stuck.sources.front().last_sql_error_code = 1950;
  stuck.sources.front().last_sql_error = "out of order";
  see(2, stuck);
  EXPECT_THAT(desk_.notes(), HasSubstr("reason=cannot apply: out of order"));
}

// Clients were answered while semi-sync still waited; then it gave up.
TEST_F(FailoverTest, WhatWasPromisedIsNotLostThoughSemiSyncIsOffNow) {
  desk_.promised_ = pos("0-1-15");
  step();
  EXPECT_THAT(failover_.blocked(), HasSubstr("what was acknowledged may be lost"));
  see(3, lost_source(following_one(3, 1, 120, 15, 15)));
  pass(100);
  step();
  EXPECT_THAT(desk_.open(), Contains("db3: start_applying stop_receiving wait_applied"));
}

// The last answers of the old primary were on their way when it was closed.
TEST_F(FailoverTest, WhatWasAcknowledgedMeanwhileIsLookedForAgain) {
  step();
  finish(2);
  desk_.promised_ = pos("0-1-12");
  desk_.acknowledged_ = pos("0-1-12");
  pass(5);
  see(2, lost_source(following_one(2, 1, now_ms())));
  EXPECT_THAT(desk_.open(), ::testing::Not(Contains("db2: stop_applying open")));
  EXPECT_TRUE(failover_.may_be_given_up());
}

TEST_F(FailoverTest, IsGivenUpWhileTheCandidateIsDrained) {
  step();
  ASSERT_TRUE(failover_.may_be_given_up());
  failover_.give_up(desk_);
  EXPECT_THAT(desk_.done_, ElementsAre("hold", "cut", "release"));
  EXPECT_THAT(desk_.open(), Contains("db2: start_applying start_receiving"));
}

}  // namespace
}  // namespace understudy::failover

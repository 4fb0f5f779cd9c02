#include "failover/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Carries every order out in its mind: the servers show what they were told a moment later.
class PlannerTest : public ::testing::Test {
 protected:
  PlannerTest() { healthy(0); }

  void healthy(int when) {
    planner_.primary_seen(db(1));
    see(1, leading(1, when));
    see(2, following_one(2, 1, when));
    see(3, following_one(3, 1, when));
    step(when + 1);
  }
  void see(int server, const ServerObservation& seen) { planner_.observe(db(server), seen); }
  Decisions step(int when) {
    now_ = when;
    Decisions decisions = planner_.step(at(when));
    for (const auto& note : decisions.notes)
      notes_.push_back(note.event);
    if (decisions.appointed) appointed_.push_back(*decisions.appointed);
    return decisions;
  }
  // Steps until nothing is to be done any more; all orders succeed.
  void carry_out(Decisions decisions) {
    for (int i = 0; i < 50 && !planner_.view().state.starts_with("idle"); ++i) {
      for (const Order& order : decisions.orders) {
        OrderResult result;
        result.done = order.actions.size();
        planner_.finished(order.id, result);
      }
      for (const ServerId server : decisions.looks) {
        const int number = server.value() + 1;
        if (planner_.detector().member(server).answers) see(number, told(number));
      }
      decisions = step(now_ + 2);
    }
  }
  // What a server shows when it has done as it was told.
  [[nodiscard]] ServerObservation told(int number) const {
    if (appointed_.empty()) return lost_source(following_one(number, 1, now_ + 1));
    const int primary = appointed_.back().value() + 1;
    if (number != primary) return following_one(number, primary, now_ + 1);
    ServerObservation seen = leading(number, now_ + 1);
    seen.binlog_state.add({0, 1, 10});
    return seen;
  }
  void kill_primary_and_replace_it() {
    see(1, failed(100));
    see(2, lost_source(following_one(2, 1, 105)));
    see(3, lost_source(following_one(3, 1, 105)));
    carry_out(step(110));
  }

  Planner planner_{three_servers()};
  int now_ = 0;
  std::vector<std::string> notes_;
  std::vector<ServerId> appointed_;
};

TEST_F(PlannerTest, AHealthyClusterIsLeftAlone) {
  const Decisions decisions = step(10);
  EXPECT_THAT(decisions.orders, IsEmpty());
  EXPECT_THAT(decisions.looks, IsEmpty());
  EXPECT_EQ(planner_.view().finding.diagnosis, Diagnosis::Healthy);
  EXPECT_EQ(planner_.view().state, "idle");
}

TEST_F(PlannerTest, ReplacesADeadPrimary) {
  kill_primary_and_replace_it();
  EXPECT_THAT(appointed_, ElementsAre(db(2)));
  EXPECT_EQ(planner_.detector().primary(), db(2));
  EXPECT_EQ(planner_.view().state, "idle");
  EXPECT_THAT(notes_, Contains("failover_done"));
}

TEST_F(PlannerTest, AsksTheReplicasAtOnceWhenThePrimaryFails) {
  see(1, failed(100));
  const Decisions decisions = step(101);
  EXPECT_THAT(decisions.looks, Contains(db(2)));
  EXPECT_THAT(decisions.looks, Contains(db(3)));
  EXPECT_LE(planner_.next_step() - at(101), ms(2));
}

TEST_F(PlannerTest, OnlyWatchesInManualMode) {
  PlannerSettings settings = three_servers();
  settings.automatic = false;
  Planner planner(settings);
  planner.primary_seen(db(1));
  planner.observe(db(1), failed(100));
  planner.observe(db(2), lost_source(following_one(2, 1, 105)));
  planner.observe(db(3), lost_source(following_one(3, 1, 105)));
  EXPECT_THAT(planner.step(at(110)).orders, IsEmpty());
  EXPECT_EQ(planner.view().finding.diagnosis, Diagnosis::PrimaryDead);
  EXPECT_TRUE(planner.fail_over(at(120)).ok());
  EXPECT_FALSE(planner.step(at(120)).orders.empty());
}

TEST_F(PlannerTest, DoesNotReplaceASilentPrimarySoonAfterAFailover) {
  kill_primary_and_replace_it();
  const int when = now_ + 5000;
  const auto silent = [&](int now) {
    see(1, lost_source(following_one(1, 2, now)));
    see(2, failed(now, ErrorKind::Timeout));
    see(3, lost_source(following_one(3, 2, now)));
    return step(now + 2);
  };
  silent(when);
  EXPECT_THAT(silent(when + 2500).orders, IsEmpty());
  EXPECT_EQ(planner_.view().state, "idle");
  EXPECT_FALSE(silent(when + 61000).orders.empty());
}

TEST_F(PlannerTest, ReplacesANewPrimaryThatIsProvenDead) {
  kill_primary_and_replace_it();
  see(2, failed(now_ + 1000));
  see(3, lost_source(following_one(3, 2, now_ + 1001)));
  carry_out(step(now_ + 1003));
  EXPECT_THAT(appointed_, ElementsAre(db(2), db(3)));
}

TEST_F(PlannerTest, RefusesAFailoverWhileThePrimaryIsWell) {
  const auto refused = planner_.fail_over(at(10));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("use switchover"));
}

TEST_F(PlannerTest, SwitchesToTheOneOfHighestPriority) {
  PlannerSettings settings = three_servers();
  settings.detector.servers[2].priority = 200;
  Planner planner(settings);
  planner.primary_seen(db(1));
  planner.observe(db(1), leading(1, 0));
  planner.observe(db(2), following_one(2, 1, 0));
  planner.observe(db(3), following_one(3, 1, 0));
  ASSERT_TRUE(planner.switch_over(std::nullopt, at(10)).ok());
  const Decisions decisions = planner.step(at(10));
  EXPECT_EQ(decisions.closed, true);
  EXPECT_EQ(planner.view().state, "switchover");
  EXPECT_THAT(decisions.notes.front().fields,
              Contains(std::pair<std::string, std::string>("to", "db3")));
  const auto second = planner.switch_over(db(2), at(11));
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("a switchover is under way"));
}

TEST_F(PlannerTest, WhatTheServersShowDoesNotInterruptAnOperation) {
  ASSERT_TRUE(planner_.switch_over(db(2), at(10)).ok());
  planner_.primary_seen(db(3));
  EXPECT_EQ(planner_.detector().primary(), db(1));
}

TEST_F(PlannerTest, AChangeByAnotherToolIsFollowed) {
  planner_.primary_seen(db(3));
  EXPECT_EQ(planner_.detector().primary(), db(3));
  planner_.primary_seen(std::nullopt);
  EXPECT_EQ(planner_.detector().primary(), db(3)) << "one that only stopped writing is still it";
}

TEST_F(PlannerTest, ReplacesAPrimaryWhoseDiskIsFull) {
  for (const int when : {500, 2500}) {
    ServerObservation full = leading(1, when);
    full.disk_full = true;
    see(1, full);
    see(2, following_one(2, 1, when + 5));
    see(3, following_one(3, 1, when + 5));
    step(when + 10);
  }
  EXPECT_THAT(notes_, Contains("failover_started"));
}

}  // namespace
}  // namespace understudy::failover

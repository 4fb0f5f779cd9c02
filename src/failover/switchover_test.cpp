#include "failover/switchover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SwitchoverTest : public ::testing::Test {
 protected:
  SwitchoverTest() {
    observe_healthy(desk_.detector_, 0);
    desk_.now_ = at(10);
  }

  void step() { switchover_.step(desk_); }
  Order finish(int server, std::optional<OrderResult> result = std::nullopt) {
    const Order order = desk_.take(db(server));
    switchover_.finished(order.id, result.value_or(done(order)));
    step();
    return order;
  }
  void see(int server, const ServerObservation& observation) {
    desk_.detector_.observe(db(server), observation);
    step();
  }
  void pass(int milliseconds) { desk_.now_ += ms(milliseconds); }

  void close() {
    step();
    finish(1);
  }
  void look() {
    close();
    ServerObservation closed = leading(1, 20, 12);
    closed.read_only = true;
    see(1, closed);
  }
  void drain() {
    look();
    finish(2);
  }

  // It ended without a change: the old primary writes again, and clients are let go on.
  void expect_undone(const std::string& why) {
    EXPECT_TRUE(switchover_.over());
    EXPECT_FALSE(switchover_.succeeded());
    EXPECT_THAT(switchover_.blocked(), HasSubstr(why));
    EXPECT_THAT(desk_.done_.front(), "hold");
    EXPECT_THAT(desk_.done_.back(), "release");
    EXPECT_EQ(desk_.detector_.primary(), db(1));
  }

  FakeDesk desk_;
  Switchover switchover_{db(2)};
};

TEST_F(SwitchoverTest, GoesStepByStep) {
  step();
  EXPECT_THAT(desk_.done_, ElementsAre("hold"));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: close"));
  finish(1);
  EXPECT_THAT(desk_.looks_, Contains(db(1)));
  EXPECT_THAT(desk_.open(), IsEmpty());
  ServerObservation closed = leading(1, 20, 12);
  closed.read_only = true;
  see(1, closed);
  EXPECT_THAT(desk_.open(), ElementsAre("db2: wait_applied"));
  EXPECT_EQ(finish(2).actions.front().position, pos("0-1-12")) << "all that was written";
  EXPECT_THAT(desk_.open(),
              ElementsAre("db2: stop_receiving stop_applying open", "db3: wait_applied follow"));
  finish(2);
  EXPECT_THAT(desk_.done_, ElementsAre("hold", "appoint db2", "release"));
  EXPECT_TRUE(switchover_.succeeded());
  EXPECT_THAT(desk_.open(),
              UnorderedElementsAre("db3: wait_applied follow", "db2: detach", "db1: follow"));
  finish(3);
  finish(2);
  const Order old = finish(1);
  EXPECT_EQ(old.actions.back().source, db(2));
  EXPECT_EQ(old.actions.back().position, pos("0-1-12"));
  EXPECT_TRUE(switchover_.over());
}

TEST_F(SwitchoverTest, WaitsForTransactionsUnderWay) {
  desk_.writers_ = 2;
  step();
  pass(2000);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty());
  desk_.writers_ = 0;
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db1: close"));
}

TEST_F(SwitchoverTest, IsCalledOffWhenATransactionDoesNotEnd) {
  desk_.writers_ = 1;
  step();
  pass(3000);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty()) << "nothing was done on a server";
  expect_undone("1 sessions still run a transaction");
}

TEST_F(SwitchoverTest, CutsTransactionsIfThatIsChosen) {
  desk_.settings_.cut_transactions = true;
  desk_.writers_ = 1;
  step();
  pass(3000);
  step();
  EXPECT_THAT(desk_.done_, ElementsAre("hold", "cut"));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: cut_clients close"));
}

TEST_F(SwitchoverTest, CutsClientsThatComeStraightToTheServer) {
  step();
  finish(1, not_done(ErrorKind::Timeout));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: cut_clients close"));
}

TEST_F(SwitchoverTest, UndoneWhenThePrimaryGoesWhileItWaits) {
  desk_.writers_ = 1;
  step();
  see(1, failed(20));
  expect_undone("the primary does not answer");
}

TEST_F(SwitchoverTest, UndoneWhenThePrimaryCannotBeClosed) {
  step();
  finish(1, not_done());
  finish(1, not_done());
  EXPECT_THAT(desk_.open(), ElementsAre("db1: open"));
  finish(1);
  expect_undone("broken");
}

TEST_F(SwitchoverTest, UndoneWhenThePrimaryIsGoneAfterItWasClosed) {
  close();
  see(1, failed(20));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: open"));
  finish(1, not_done());
  expect_undone("refused");
}

TEST_F(SwitchoverTest, UndoneWhenTheTargetDoesNotApplyAll) {
  look();
  finish(2, not_done(ErrorKind::Timeout));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: open"));
  finish(1);
  expect_undone("broken");
}

TEST_F(SwitchoverTest, UndoneWhenTheTargetDoesNotOpen) {
  drain();
  finish(3);
  finish(2, not_done());
  EXPECT_THAT(desk_.open(), ElementsAre("db2: close")) << "it may be open";
  finish(2);
  EXPECT_THAT(desk_.open(), ElementsAre("db1: open"));
  finish(1);
  EXPECT_THAT(desk_.open(), ElementsAre("db3: follow")) << "it was sent to the target";
  EXPECT_EQ(finish(3).actions.back().source, db(1));
  expect_undone("broken");
}

TEST_F(SwitchoverTest, ThatOthersCannotFollowIsLeftToUpkeep) {
  drain();
  finish(2);
  finish(3, not_done());
  finish(2, not_done());
  finish(1, not_done());
  EXPECT_TRUE(switchover_.over());
  EXPECT_TRUE(switchover_.succeeded());
}

struct Refusal {
  const char* name;
  int to;
  void (*spoil)(Detector&);
  const char* reason;
};

class RefusedTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedTest, SaysWhy) {
  Detector detector(three_servers().detector);
  observe_healthy(detector, 0);
  GetParam().spoil(detector);
  EXPECT_THAT(Switchover::refused(detector, db(GetParam().to)), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedTest,
    ::testing::Values(
        Refusal{"NoPrimary", 2, [](Detector& detector) { detector.set_primary({}); },
                "there is no primary"},
        Refusal{"IsItAlready", 1, [](Detector&) {}, "it is the primary already"},
        Refusal{"PrimaryIsDown", 2, [](Detector& detector) { detector.observe(db(1), failed(10)); },
                "the primary db1 does not answer"},
        Refusal{"TargetIsDown", 2, [](Detector& detector) { detector.observe(db(2), failed(10)); },
                "db2 does not answer"},
        Refusal{"ReplicatesFromAnother", 2,
                [](Detector& detector) { detector.observe(db(2), following_one(2, 3, 10)); },
                "db2 does not replicate from db1"},
        Refusal{"ReplicationStandsStill", 2,
                [](Detector& detector) {
                  detector.observe(db(2), lost_source(following_one(2, 1, 10)));
                },
                "replication does not run on db2"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace understudy::failover

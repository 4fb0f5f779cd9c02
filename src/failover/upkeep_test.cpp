#include "failover/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// db2 leads; db1, the primary before, and db3 are what each test makes of them.
class UpkeepTest : public ::testing::Test {
 protected:
  UpkeepTest() {
    desk_.detector_.set_primary(db(2));
    lead(0);
    see(3, following_one(3, 2, 0));
    see(1, following_one(1, 2, 0));
  }

  static ServerObservation new_primary(int when) {
    ServerObservation seen = leading(2, when, 20);
    seen.logged = pos("0-2-20");
    seen.binlog_state.add({0, 1, 10});
    return seen;
  }
  static ServerObservation old_primary(int when, int sequence = 10) {
    ServerObservation seen = leading(1, when, sequence);
    seen.read_only = true;
    return seen;
  }
  void lead(int when) { see(2, new_primary(when)); }
  void see(int server, const ServerObservation& seen) {
    desk_.detector_.observe(db(server), seen);
    desk_.now_ = seen.answered;
  }
  std::vector<ServerId> step() { return upkeep_.step(desk_); }
  Order finish(int server, const std::optional<OrderResult>& result = std::nullopt) {
    Order order = desk_.take(db(server));
    upkeep_.finished(order.id, result.value_or(done(order)), desk_.now_);
    return order;
  }

  FakeDesk desk_;
  Upkeep upkeep_;
};

TEST_F(UpkeepTest, LeavesAHealthyClusterAlone) {
  EXPECT_THAT(step(), IsEmpty());
  EXPECT_THAT(desk_.open(), IsEmpty());
}

TEST_F(UpkeepTest, AnOldPrimaryThatIsWritableIsClosedAndThenFollows) {
  see(1, leading(1, 100));
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db1: cut_clients close"));
  step();
  EXPECT_EQ(desk_.open().size(), 1u) << "one order at a time";
  finish(1);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty()) << "it is looked at first";
  see(1, old_primary(300));
  step();
  EXPECT_THAT(desk_.open(), IsEmpty()) << "the primary has to be asked after it";
  lead(400);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db1: follow"));
  const Order follow = finish(1);
  EXPECT_EQ(follow.actions.back().source, db(2));
  EXPECT_EQ(follow.actions.back().position, pos("0-1-10"));
}

TEST_F(UpkeepTest, OneWithExtraTransactionsIsReportedAndNeverFollows) {
  see(1, leading(1, 100, 12));
  lead(200);
  EXPECT_THAT(step(), ElementsAre(db(1)));
  EXPECT_THAT(desk_.notes(), HasSubstr("extra_transactions server=db1 gtids=0-1-12"));
  EXPECT_THAT(desk_.open(), ElementsAre("db1: cut_clients close")) << "it is closed all the same";
  finish(1);
  see(1, old_primary(300, 12));
  lead(400);
  EXPECT_THAT(step(), IsEmpty()) << "reported once";
  EXPECT_THAT(desk_.open(), IsEmpty());
  see(1, old_primary(500, 13));
  lead(600);
  EXPECT_THAT(step(), ElementsAre(db(1))) << "these are others";
}

TEST_F(UpkeepTest, APrimaryThatWasAskedBeforeSaysNothingOfExtraTransactions) {
  lead(100);
  see(1, following_one(1, 2, 101));
  ServerObservation ahead = following_one(3, 2, 110, 25, 25);
  ahead.binlog_state.add({0, 2, 25});
  see(3, ahead);
  EXPECT_THAT(step(), IsEmpty());
}

TEST_F(UpkeepTest, AStrayReplicaFollowsThePrimary) {
  see(1, failed(100));
  see(3, lost_source(following_one(3, 1, 100)));
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: follow"));
}

TEST_F(UpkeepTest, NobodyIsMadeToFollowIfThatIsNotWanted) {
  desk_.settings_.rejoin = false;
  see(1, leading(1, 100));
  see(3, lost_source(following_one(3, 1, 100)));
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db1: cut_clients close"));
}

TEST_F(UpkeepTest, AChainIsLeftAlone) {
  see(3, following_one(3, 1, 100));
  see(1, following_one(1, 2, 100));
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty());
}

TEST_F(UpkeepTest, AChainWhoseMiddleIsGoneIsMended) {
  see(3, lost_source(following_one(3, 1, 100)));
  see(1, failed(100));
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: follow"));
}

TEST_F(UpkeepTest, AReplicaThatTakesWritesIsClosed) {
  ServerObservation open = following_one(3, 2, 100);
  open.read_only = false;
  see(3, open);
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: close"));
}

TEST_F(UpkeepTest, SemiSyncIsSwitchedWithTheRoles) {
  ServerObservation replica = following_one(3, 2, 100);
  replica.semi_sync_replica = true;
  replica.semi_sync_source = true;
  see(3, replica);
  ServerObservation primary = new_primary(200);
  primary.semi_sync_replica = true;
  see(2, primary);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db2: semi_sync_source_on", "db3: semi_sync_source_off"));
}

TEST_F(UpkeepTest, SemiSyncStaysOffWhereItNeverWas) {
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty());
}

TEST_F(UpkeepTest, WhatFailsIsTriedAgainLessAndLessOften) {
  int when = 100;
  int given = 0;
  for (; when < 10100; when += 100) {
    see(1, leading(1, when));
    lead(when + 50);
    step();
    if (desk_.open().empty()) continue;
    ++given;
    finish(1, not_done());
  }
  EXPECT_GE(given, 4);
  EXPECT_LE(given, 6);
}

TEST_F(UpkeepTest, APromotionThatWasCutShortIsFinished) {
  ServerObservation half = following_one(2, 1, 100);
  half.read_only = false;
  half.sources.front().io_running = half.sources.front().sql_running = false;
  see(2, half);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db2: detach"));
}

TEST_F(UpkeepTest, APrimaryThatStaysReadOnlyIsOpened) {
  ServerObservation closed = new_primary(100);
  closed.read_only = true;
  see(2, closed);
  upkeep_.open_primary(desk_);
  EXPECT_THAT(desk_.open(), IsEmpty()) << "somebody may be at work on it";
  closed.sent = closed.answered = at(2100);
  see(2, closed);
  upkeep_.open_primary(desk_);
  EXPECT_THAT(desk_.open(), IsEmpty());
  closed.sent = closed.answered = at(2200);
  see(2, closed);
  upkeep_.open_primary(desk_);
  EXPECT_THAT(desk_.open(), ElementsAre("db2: open"));
}

struct Broken {
  const char* name;
  std::uint32_t io_error;
  std::uint32_t sql_error;
};

class BrokenTest : public UpkeepTest, public ::testing::WithParamInterface<Broken> {
 protected:
  static ServerObservation broken(int source, int when) {
    ServerObservation seen = following_one(3, source, when);
    replication::ReplicaStatus& status = seen.sources.front();
    if (GetParam().io_error != 0) {
      status.io_running = false;
      status.last_io_error_code = GetParam().io_error;
      status.last_io_error = "of no avail";
    } else {
      status.sql_running = false;
      status.last_sql_error_code = GetParam().sql_error;
      status.last_sql_error = "of no avail";
    }
    return seen;
  }
};

TEST_P(BrokenTest, IsReportedOnceAndRebuilt) {
  see(3, broken(2, 100));
  lead(200);
  EXPECT_THAT(step(), ElementsAre(db(3)));
  EXPECT_THAT(desk_.notes(), HasSubstr("replication_broken server=db3 error=of no avail"));
  see(3, broken(2, 300));
  lead(400);
  EXPECT_THAT(step(), IsEmpty());
  EXPECT_THAT(desk_.open(), IsEmpty()) << "no order helps";
}

TEST_P(BrokenTest, TriesThePrimaryFirstIfItsSourceIsAnother) {
  see(3, broken(1, 100));
  lead(200);
  EXPECT_THAT(step(), IsEmpty());
  EXPECT_THAT(desk_.open(), ElementsAre("db3: follow"));
}

INSTANTIATE_TEST_SUITE_P(All, BrokenTest,
                         ::testing::Values(Broken{"NotInTheBinaryLog", 1236, 0},
                                           Broken{"NotInTheBinaryLogOfMySql", 13114, 0},
                                           Broken{"OutOfOrder", 0, 1950}),
                         [](const auto& test) { return test.param.name; });

TEST_F(UpkeepTest, AfterAChangeNoServerIsGivenAnOrderWhileOneIsUnderWay) {
  see(1, leading(1, 100));
  lead(200);
  step();
  ASSERT_THAT(desk_.open(), ElementsAre("db1: cut_clients close"));
  upkeep_.reset();
  see(1, leading(1, 300));
  lead(400);
  step();
  EXPECT_EQ(desk_.open().size(), 1u);
}

// Told to follow the primary, and no more: what it shows is the end of the connection before.
TEST_F(UpkeepTest, AReplicaThatWasLeftAtRestGoesOn) {
  ServerObservation seen = following_one(3, 2, 100);
  seen.sources.front().io_running = false;
  seen.sources.front().sql_running = false;
  seen.sources.front().last_io_error_code = 2003;
  see(3, seen);
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: start_applying start_receiving"));
}

TEST_F(UpkeepTest, AReplicaWhoseApplyingAloneIsEndedIsLeftAlone) {
  ServerObservation seen = following_one(3, 2, 100);
  seen.sources.front().sql_running = false;
  see(3, seen);
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), IsEmpty());
}

TEST_F(UpkeepTest, APromotionThatLostItsRaceIsClosedAndAppliesAgain) {
  ServerObservation seen = following_one(3, 2, 100);
  seen.read_only = false;
  seen.sources.front().sql_running = false;
  see(3, seen);
  lead(200);
  step();
  EXPECT_THAT(desk_.open(), ElementsAre("db3: close start_applying"));
}

}  // namespace
}  // namespace understudy::failover

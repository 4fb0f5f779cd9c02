#include "failover/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "failover/test_cluster.h"

namespace understudy::failover {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a server shows some time after a healthy moment.
enum class Now {
  Leads,
  ReadOnly,  // takes no writes and replicates from nobody
  Writable,  // takes writes and replicates from nobody, but is not the primary
  Hears,     // a replica that hears its source
  Silent,    // a replica that is connected and has not heard its source since
  Lost,      // a replica that has lost its source
  Refuses,
  Hangs,
};

ServerObservation show(int server, Now now, int when) {
  switch (now) {
    case Now::Leads:
    case Now::Writable:
      return leading(server, when);
    case Now::ReadOnly: {
      ServerObservation seen = leading(server, when);
      seen.read_only = true;
      return seen;
    }
    case Now::Hears:
      return following_one(server, 1, when);
    case Now::Silent: {
      ServerObservation seen = following_one(server, 1, when);
      seen.sources.front().heartbeats = 0;
      return seen;
    }
    case Now::Lost:
      return lost_source(following_one(server, 1, when));
    case Now::Refuses:
      return failed(when);
    case Now::Hangs:
      return failed(when, ErrorKind::Timeout);
  }
  return {};
}

struct Case {
  const char* name;
  Now db1, db2, db3;
  int when;  // the present; the primary was seen well at 0, and first seen as it is now at 100
  Diagnosis diagnosis;
  const char* evidence;
};

class DiagnosisTest : public ::testing::TestWithParam<Case> {};

TEST_P(DiagnosisTest, SaysWhatIsWrong) {
  const Case& test = GetParam();
  Detector detector(three_servers().detector);
  observe_healthy(detector, 0);
  detector.observe(db(1), show(1, test.db1, 100));
  detector.observe(db(1), show(1, test.db1, test.when));
  detector.observe(db(2), show(2, test.db2, test.when));
  detector.observe(db(3), show(3, test.db3, test.when));
  const Finding finding = detector.diagnose(at(test.when + 2));
  EXPECT_EQ(to_text(finding.diagnosis), to_text(test.diagnosis)) << finding.evidence;
  EXPECT_THAT(finding.evidence, HasSubstr(test.evidence));
}

INSTANTIATE_TEST_SUITE_P(
    All, DiagnosisTest,
    ::testing::Values(Case{"Healthy", Now::Leads, Now::Hears, Now::Hears, 200, Diagnosis::Healthy,
                           ""},
                      Case{"HealthyWithoutReplicas", Now::Leads, Now::Refuses, Now::Hangs, 5000,
                           Diagnosis::Healthy, ""},
                      Case{"DeadAtOnceWhenReplicasLostIt", Now::Refuses, Now::Lost, Now::Lost, 110,
                           Diagnosis::PrimaryDead, "lost by db2, db3"},
                      Case{"DeadAtOnceWithTheOnlyReplicaThatAnswers", Now::Refuses, Now::Lost,
                           Now::Refuses, 110, Diagnosis::PrimaryDead, "lost by db2"},
                      Case{"SuspectedWhileAReplicaHasNotNoticed", Now::Refuses, Now::Lost,
                           Now::Hears, 110, Diagnosis::PrimarySuspected, "heard by db3"},
                      Case{"UnreachableWhenAReplicaGoesOnHearingIt", Now::Refuses, Now::Lost,
                           Now::Hears, 2600, Diagnosis::PrimaryUnreachable, "heard by db3"},
                      Case{"SuspectedWhenItHangs", Now::Hangs, Now::Silent, Now::Silent, 1000,
                           Diagnosis::PrimarySuspected, "no answer"},
                      Case{"SilentForTheReplicasToo", Now::Hangs, Now::Silent, Now::Silent, 2500,
                           Diagnosis::PrimarySilent, "nor by db2, db3"},
                      Case{"SilentForOneReplicaIsNotEnough", Now::Hangs, Now::Silent, Now::Hears,
                           2500, Diagnosis::PrimaryUnreachable, "heard by db3"},
                      Case{"UnreachableFromHereOnly", Now::Hangs, Now::Hears, Now::Hears, 60000,
                           Diagnosis::PrimaryUnreachable, "heard by db2, db3"},
                      Case{"GoneWithItsHost", Now::Hangs, Now::Lost, Now::Lost, 2500,
                           Diagnosis::PrimarySilent, "nor by db2, db3"},
                      Case{"WeMayBeTheOnesCutOff", Now::Hangs, Now::Hangs, Now::Lost, 60000,
                           Diagnosis::TooFewServers, "no answer"},
                      Case{"NobodyAnswers", Now::Hangs, Now::Hangs, Now::Hangs, 60000,
                           Diagnosis::TooFewServers, ""},
                      Case{"AllProcessesAreDead", Now::Refuses, Now::Refuses, Now::Refuses, 60000,
                           Diagnosis::TooFewServers, "refused"},
                      Case{"ReadOnly", Now::ReadOnly, Now::Hears, Now::Hears, 200,
                           Diagnosis::PrimaryReadOnly, "db1 is read-only"},
                      Case{"AnotherHasTakenTheLead", Now::ReadOnly, Now::Writable, Now::Hears, 200,
                           Diagnosis::SeveralPrimaries, "another server takes writes"}),
    [](const auto& test) { return test.param.name; });

class DetectorTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string_view diagnosis(int when) const {
    return to_text(detector_.diagnose(at(when)).diagnosis);
  }

  Detector detector_{three_servers().detector};
};

TEST_F(DetectorTest, KnowsNothingBeforeEverybodyWasAsked) {
  detector_.observe(db(1), leading(1, 0));
  detector_.observe(db(2), following_one(2, 1, 0));
  EXPECT_EQ(diagnosis(1), "unknown");
  detector_.observe(db(3), failed(0));
  EXPECT_NE(diagnosis(1), "unknown");
}

TEST_F(DetectorTest, ReplicasHaveToBeAskedAfterThePrimaryFailed) {
  observe_healthy(detector_, 0);
  detector_.observe(db(2), lost_source(following_one(2, 1, 90)));
  detector_.observe(db(3), lost_source(following_one(3, 1, 90)));
  detector_.observe(db(1), failed(100));
  EXPECT_EQ(diagnosis(101), "primary_suspected");
  EXPECT_THAT(detector_.to_ask(at(101)), ElementsAre(db(2), db(3)));
  detector_.observe(db(2), lost_source(following_one(2, 1, 102)));
  EXPECT_EQ(diagnosis(103), "primary_suspected");
  detector_.observe(db(3), lost_source(following_one(3, 1, 102)));
  EXPECT_EQ(diagnosis(104), "primary_dead");
}

TEST_F(DetectorTest, AProbeThatIsOverdueCountsAsSilence) {
  observe_healthy(detector_, 0);
  EXPECT_THAT(detector_.to_ask(at(500)), IsEmpty());
  EXPECT_EQ(diagnosis(500), "healthy");
  EXPECT_EQ(diagnosis(1100), "primary_suspected");
  EXPECT_THAT(detector_.to_ask(at(1100)), ElementsAre(db(2), db(3)));
}

TEST_F(DetectorTest, OfTwoServersOneIsEnough) {
  DetectorSettings two = three_servers().detector;
  two.servers.pop_back();
  Detector detector(two);
  detector.set_primary(db(1));
  detector.observe(db(1), leading(1, 0));
  detector.observe(db(2), following_one(2, 1, 0));
  detector.observe(db(1), failed(100, ErrorKind::Timeout));
  detector.observe(db(2), lost_source(following_one(2, 1, 2500)));
  EXPECT_EQ(detector.diagnose(at(2501)).diagnosis, Diagnosis::PrimarySilent);
}

TEST_F(DetectorTest, AReplicaWithoutHeartbeatsCountsAsHearing) {
  observe_healthy(detector_, 0);
  ServerObservation seen = following_one(2, 1, 5000);
  seen.sources.front().heartbeat_period = {};
  detector_.observe(db(2), seen);
  EXPECT_EQ(detector_.hearing(detector_.member(db(2)), at(9000)), Hearing::Hears);
}

TEST_F(DetectorTest, WithoutAPrimaryASilentServerMayStillBeOne) {
  detector_.observe(db(1), failed(0, ErrorKind::Timeout));
  detector_.observe(db(2), lost_source(following_one(2, 1, 0)));
  detector_.observe(db(3), lost_source(following_one(3, 1, 0)));
  EXPECT_EQ(diagnosis(100), "primary_suspected");
  detector_.observe(db(2), lost_source(following_one(2, 1, 2400)));
  detector_.observe(db(3), lost_source(following_one(3, 1, 2400)));
  EXPECT_EQ(diagnosis(2500), "no_primary");
}

TEST_F(DetectorTest, WithoutAPrimaryOneThatIsHeardMayStillBeOne) {
  detector_.observe(db(1), failed(0));
  detector_.observe(db(2), following_one(2, 1, 0));
  detector_.observe(db(3), lost_source(following_one(3, 1, 0)));
  EXPECT_EQ(diagnosis(100), "primary_suspected");
  detector_.observe(db(2), following_one(2, 1, 2400));
  detector_.observe(db(3), lost_source(following_one(3, 1, 2400)));
  EXPECT_EQ(diagnosis(2500), "primary_unreachable");
}

TEST_F(DetectorTest, WithoutAPrimaryAWritableServerIsNotReplaced) {
  detector_.observe(db(1), leading(1, 0));
  detector_.observe(db(2), leading(2, 0));
  detector_.observe(db(3), following_one(3, 1, 0));
  EXPECT_EQ(diagnosis(1), "several_primaries");
}

TEST_F(DetectorTest, WhatWasReceivedFromAnotherPrimaryIsForgotten) {
  observe_healthy(detector_, 0);
  detector_.observe(db(2), following_one(2, 1, 10, 50));
  detector_.observe(db(2), following_one(2, 1, 20, 10));  // restarted: its relay log is gone
  EXPECT_EQ(detector_.member(db(2)).best_received, pos("0-1-50"));
  detector_.set_primary(db(3));
  EXPECT_TRUE(detector_.member(db(2)).best_received.empty());
}

TEST_F(DetectorTest, SemiSyncIsExpectedOfAPrimaryThatWasNeverSeen) {
  EXPECT_FALSE(detector_.semi_sync());
  ServerObservation seen = following_one(2, 1, 0);
  seen.semi_sync_replica = true;
  detector_.observe(db(2), seen);
  EXPECT_TRUE(detector_.semi_sync());
}

// Restarted, it says how it starts, not what its clients were promised.
TEST_F(DetectorTest, ARestartDoesNotTakeBackWhatSemiSyncPromised) {
  detector_.set_primary(db(1));
  ServerObservation seen = leading(1, 0);
  seen.semi_sync_source = true;
  detector_.observe(db(1), seen);
  seen = leading(1, 100);
  seen.read_only = true;
  detector_.observe(db(1), seen);
  EXPECT_TRUE(detector_.semi_sync());
  detector_.observe(db(1), leading(1, 200));
  EXPECT_FALSE(detector_.semi_sync()) << "it was opened without";
}

// Appointed, then restarted as the replica that it was before it had forgotten its source.
TEST_F(DetectorTest, AnAppointedPrimaryThatComesBackAsAReplicaIsStillThePrimary) {
  observe_healthy(detector_, 0);
  detector_.appoint(db(2), at(50));
  detector_.observe(db(1), failed(100));
  detector_.observe(db(2), lost_source(following_one(2, 1, 100)));
  EXPECT_EQ(detector_.diagnose(at(110)).diagnosis, Diagnosis::PrimaryReadOnly);
}

TEST_F(DetectorTest, APrimaryWhoseWritesWaitForRoomIsFullAfterAWhile) {
  observe_healthy(detector_, 0);
  ServerObservation full = leading(1, 500);
  full.disk_full = true;
  detector_.observe(db(1), full);
  EXPECT_EQ(detector_.diagnose(at(510)).diagnosis, Diagnosis::Healthy);
  full.sent = full.answered = at(2500);
  detector_.observe(db(1), full);
  EXPECT_EQ(detector_.diagnose(at(2510)).diagnosis, Diagnosis::PrimaryFull);
  EXPECT_THAT(detector_.diagnose(at(2510)).evidence, ::testing::HasSubstr("its disk is full"));
  detector_.observe(db(1), leading(1, 2600));
  EXPECT_EQ(detector_.diagnose(at(2610)).diagnosis, Diagnosis::Healthy);
}

}  // namespace
}  // namespace understudy::failover

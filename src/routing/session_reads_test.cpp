#include "routing/session_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/test_cluster.h"

namespace understudy::routing {
namespace {

using replication::Position;
using replication::Topology;
using testing::at;
using testing::cluster;
using testing::db;
using testing::observe;
using testing::sequence;

// db2 leads in the next epoch.
void change_primary(Topology& topology) {
  ++topology.epoch;
  topology.primary = db(2);
}

TEST(SessionReadsTest, AReadSettlesByAPositionThatWasAskedForAfterIt) {
  Topology topology = cluster(3);
  SessionReads reads;
  EXPECT_TRUE(reads.fresh());
  reads.note_read(db(2), at(100), topology);
  EXPECT_FALSE(reads.settled());
  observe(topology, 2, 20, 100);  // sent at the very moment: not after
  reads.settle(topology);
  EXPECT_FALSE(reads.settled());
  observe(topology, 3, 30, 200);  // another server says nothing
  reads.settle(topology);
  EXPECT_FALSE(reads.settled());
  observe(topology, 2, 25, 101);
  reads.settle(topology);
  EXPECT_TRUE(reads.settled());
  EXPECT_EQ(reads.seen(), sequence(25));
}

TEST(SessionReadsTest, SettlesByWhatAReadMayHaveShownNotByWhatIsApplied) {
  Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(2), at(100), topology);
  observe(topology, 2, 25, 101);
  topology.servers[1].may_show = sequence(26);
  reads.settle(topology);
  EXPECT_EQ(reads.seen(), sequence(26));
}

TEST(SessionReadsTest, AWriteIsSeenAtOnceAndSettlesWhatWasReadBefore) {
  const Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(2), at(100), topology);
  reads.note_write(sequence(40), db(1), at(110), topology);
  EXPECT_TRUE(reads.settled());
  EXPECT_EQ(reads.seen(), sequence(40));
}

TEST(SessionReadsTest, KnowsWhenThePrimaryMayBeBehindIt) {
  const Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(1), at(90), topology);
  EXPECT_EQ(reads.seen_elsewhere(), Instant{}) << "what it saw on the primary, the primary shows";
  reads.note_read(db(2), at(100), topology);
  reads.note_read(db(1), at(110), topology);
  EXPECT_EQ(reads.seen_elsewhere(), at(100)) << "a read proves nothing";
  reads.note_write(sequence(40), db(1), at(120), topology);
  EXPECT_EQ(reads.seen_elsewhere(), Instant{}) << "transactions are shown in the order of the log";
  ASSERT_TRUE(reads.adopt_token("understudy:main:1:1:0-1-60", at(130), topology).ok());
  EXPECT_EQ(reads.seen_elsewhere(), at(130));
}

TEST(SessionReadsTest, InSeveralDomainsAWriteSettlesNothingButItself) {
  const Topology topology = cluster(3);
  SessionReads reads;
  Position other_domain;
  other_domain.add({7, 1, 3});
  reads.note_write(other_domain, db(1), at(110), topology);
  EXPECT_FALSE(reads.settled());
  EXPECT_EQ(reads.unsettled_server(), db(1));
  EXPECT_EQ(reads.seen(), other_domain);
}

TEST(SessionReadsTest, AStatementOnThePrimaryThatLoggedNothingIsARead) {
  const Topology topology = cluster(3);
  SessionReads reads;
  reads.note_write({}, db(1), at(110), topology);
  EXPECT_FALSE(reads.settled());
}

TEST(SessionReadsTest, AnotherEpochIsNotComparableUntilThePrimaryWasRead) {
  Topology topology = cluster(3);
  SessionReads reads;
  reads.note_write(sequence(40), db(1), at(0), topology);
  change_primary(topology);
  EXPECT_FALSE(reads.comparable(topology));
  reads.note_read(db(3), at(10), topology);
  EXPECT_FALSE(reads.comparable(topology));
  reads.note_read(db(2), at(20), topology);
  EXPECT_TRUE(reads.comparable(topology));
  EXPECT_TRUE(reads.seen().empty()) << "a lost transaction must not be waited for";
  observe(topology, 2, 30, 30);
  reads.settle(topology);
  EXPECT_EQ(reads.seen(), sequence(30));
}

// The replica may follow the new primary by then, whose commits wait for it.
TEST(SessionReadsTest, AReadThatEndsInTheNextEpochMayBeAheadOfItsPrimary) {
  Topology topology = cluster(3);
  SessionReads reads;
  reads.note_write(sequence(40), db(1), at(0), topology);
  change_primary(topology);
  reads.note_read(db(3), at(10), topology);
  EXPECT_EQ(reads.seen_elsewhere(), at(10));
  reads.note_read(db(2), at(20), topology);
  EXPECT_EQ(reads.seen_elsewhere(), at(10));
}

// Servers show a new primary's writes before all processes have heard of it.
TEST(SessionReadsTest, AReadThatEndsJustBeforeTheNextEpochMayBeAheadOfItsPrimary) {
  Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(3), at(10), topology);
  change_primary(topology);
  reads.note_read(db(2), at(20), topology);
  EXPECT_EQ(reads.seen_elsewhere(), at(10));
}

TEST(SessionReadsTest, ATokenOfAnotherEpochMayBeAheadOfThePrimary) {
  Topology topology = cluster(3);
  topology.epoch = 2;
  SessionReads reads;
  ASSERT_TRUE(reads.adopt_token("understudy:main:1:1:0-1-60", at(130), topology).ok());
  EXPECT_EQ(reads.seen_elsewhere(), at(130));
}

TEST(SessionReadsTest, ATokenCarriesWhatWasSeen) {
  const Topology topology = cluster(3);
  SessionReads writer;
  EXPECT_EQ(writer.token(topology).value(), "");
  writer.note_write(sequence(40), db(1), at(0), topology);
  const auto token = writer.token(topology);
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token.value(), "understudy:main:1:1:0-1-40");
  SessionReads reader;
  ASSERT_TRUE(reader.adopt_token(token.value(), at(1), topology).ok());
  EXPECT_EQ(reader.seen(), sequence(40));
  EXPECT_TRUE(reader.settled());
  ASSERT_TRUE(reader.adopt_token("understudy:main:1:1:0-1-30", at(1), topology).ok());
  EXPECT_EQ(reader.seen(), sequence(40)) << "an older token takes nothing away";
}

TEST(SessionReadsTest, ATokenAfterAReadLeavesTheSessionToThePrimaryUntilItHasBoth) {
  Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(2), at(100), topology);
  ASSERT_TRUE(reads.adopt_token("understudy:main:1:1:0-1-40", at(1), topology).ok());
  EXPECT_FALSE(reads.settled());
  EXPECT_EQ(reads.unsettled_server(), db(1)) << "the replica may lack what the token is about";
  observe(topology, 2, 25, 101);
  reads.settle(topology);
  EXPECT_FALSE(reads.settled());
  observe(topology, 1, 41, 101);
  reads.settle(topology);
  EXPECT_TRUE(reads.settled());
  EXPECT_EQ(reads.seen(), sequence(41));
}

TEST(SessionReadsTest, AnUnsettledSessionHasNoTokenUntilItIsToldThePosition) {
  const Topology topology = cluster(3);
  SessionReads reads;
  reads.note_read(db(2), at(100), topology);
  EXPECT_FALSE(reads.token(topology).ok());
  reads.settle_with(sequence(33), topology);
  EXPECT_EQ(reads.token(topology).value(), "understudy:main:1:1:0-1-33");
}

TEST(SessionReadsTest, ATokenOfAnotherHistoryLeavesTheSessionToThePrimary) {
  const Topology topology = cluster(3);
  for (const char* token : {"understudy:main:2:1:0-1-5", "understudy:main:1:3:0-3-5"}) {
    SessionReads reads;
    ASSERT_TRUE(reads.adopt_token(token, at(1), topology).ok());
    EXPECT_FALSE(reads.fresh());
    EXPECT_FALSE(reads.comparable(topology)) << token;
    EXPECT_FALSE(reads.token(topology).ok());
    reads.note_read(db(1), at(5), topology);
    EXPECT_TRUE(reads.comparable(topology)) << token;
  }
}

TEST(SessionReadsTest, WhatIsNoTokenIsRefusedAndChangesNothing) {
  const Topology topology = cluster(3);
  for (const char* token : {"0-1-40", "understudy:", "understudy:main", "understudy:main:x:1:0-1-5",
                            "understudy:main:0:1:0-1-5", "understudy:main:1:1:nonsense",
                            "understudy:other:1:1:0-1-5"}) {
    SessionReads reads;
    const auto adopted = reads.adopt_token(token, at(1), topology);
    ASSERT_FALSE(adopted.ok()) << token;
    EXPECT_EQ(adopted.error().kind, ErrorKind::Invalid);
    EXPECT_THAT(adopted.error().message, ::testing::HasSubstr("token")) << token;
    EXPECT_TRUE(reads.fresh());
  }
}

}  // namespace
}  // namespace understudy::routing

#include "routing/cached_read.h"

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

constexpr Duration kMaxAge = std::chrono::seconds(5);

// An answer that db2 gave between 100 and 110 ms, when it had at least 20; the cache is at 30, and
// the primary had no more at 200 ms.
class CachedReadTest : public ::testing::Test {
 protected:
  CachedReadTest() {
    read_.epoch = cache_.epoch = topology_.epoch;
    read_.server = db(2);
    read_.started = at(100);
    read_.finished = at(110);
    read_.lower = &lower_;
    cache_.position = sequence(30);
    cache_.current_as_of = at(200);
    request_.read = true;
    request_.now = at(210);
  }
  bool serves() { return may_serve(read_, cache_, request_, reads_, topology_, kMaxAge); }
  void settle() { read_.settled = &settled_; }

  Topology topology_ = cluster(3);
  SessionReads reads_;
  Position lower_ = sequence(20);
  Position settled_ = sequence(25);
  CachedRead read_;
  CacheView cache_;
  Request request_;
};

TEST_F(CachedReadTest, StrongReadsNeverGetOne) {
  request_.consistency = Consistency::Strong;
  EXPECT_FALSE(serves());
}

TEST_F(CachedReadTest, OneOfAnotherEpochIsForNobody) {
  request_.consistency = Consistency::Eventual;
  EXPECT_TRUE(serves());
  read_.epoch = 2;
  EXPECT_FALSE(serves());
  cache_.epoch = 2;
  EXPECT_FALSE(serves());
  topology_.epoch = 2;
  EXPECT_TRUE(serves());
}

TEST_F(CachedReadTest, BoundedReadsGoByTheCachesOwnAge) {
  request_.consistency = Consistency::Bounded;
  request_.max_lag = std::chrono::milliseconds(10);
  EXPECT_TRUE(serves());
  request_.now = at(211);
  EXPECT_FALSE(serves());
}

TEST_F(CachedReadTest, ACacheThatLagsGivesNothing) {
  request_.consistency = Consistency::Eventual;
  request_.now = at(200) + kMaxAge;
  EXPECT_TRUE(serves());
  request_.now += Duration(1);
  EXPECT_FALSE(serves());
}

TEST_F(CachedReadTest, AWriteIsWaitedFor) {
  settle();
  reads_.note_write(sequence(30), db(1), at(150), topology_);
  EXPECT_TRUE(serves());
  reads_.note_write(sequence(31), db(1), at(151), topology_);
  EXPECT_FALSE(serves());
  cache_.position = sequence(31);
  EXPECT_TRUE(serves());
}

TEST_F(CachedReadTest, OneThatMayShowMoreThanTheCacheIsLikeAReadOnItsServer) {
  reads_.note_write(sequence(20), db(1), at(50), topology_);
  EXPECT_TRUE(serves());
  note_served(read_, cache_, reads_, topology_);
  EXPECT_FALSE(reads_.settled());
  EXPECT_EQ(reads_.unsettled_server(), db(2));
  EXPECT_EQ(reads_.unsettled_since(), at(110));

  SessionReads later;
  later.note_write(sequence(21), db(1), at(51), topology_);
  EXPECT_FALSE(may_serve(read_, cache_, request_, later, topology_, kMaxAge));
}

TEST_F(CachedReadTest, ASettledOneIsSeenAsOfWhereItSettled) {
  settle();
  note_served(read_, cache_, reads_, topology_);
  EXPECT_TRUE(reads_.settled());
  EXPECT_EQ(reads_.seen(), sequence(25));
  // The primary may not show it yet.
  EXPECT_EQ(reads_.seen_elsewhere(), at(110));
}

TEST_F(CachedReadTest, WhatAnUnsettledSessionHasSeenIsInTheLogOfALaterMoment) {
  settle();
  reads_.note_read(db(3), at(199), topology_);
  EXPECT_TRUE(serves());
  note_served(read_, cache_, reads_, topology_);
  EXPECT_TRUE(reads_.settled());
  EXPECT_EQ(reads_.seen(), sequence(30));

  SessionReads later;
  later.note_read(db(3), at(200), topology_);
  EXPECT_FALSE(may_serve(read_, cache_, request_, later, topology_, kMaxAge));
}

TEST_F(CachedReadTest, AServerNeverGoesBackBehindWhatASessionHasSeenThere) {
  reads_.note_read(db(2), at(100), topology_);
  EXPECT_TRUE(serves());
  SessionReads later;
  later.note_read(db(2), at(101), topology_);
  EXPECT_FALSE(may_serve(read_, cache_, request_, later, topology_, kMaxAge));
  SessionReads elsewhere;
  elsewhere.note_read(db(3), at(50), topology_);
  EXPECT_FALSE(may_serve(read_, cache_, request_, elsewhere, topology_, kMaxAge));
}

TEST_F(CachedReadTest, AnOldAnswerDoesNotHideWhatWasSeenSince) {
  reads_.note_read(db(2), at(400), topology_);
  observe(topology_, 2, 15, 401);
  reads_.settle(topology_);
  note_served(read_, cache_, reads_, topology_);
  EXPECT_EQ(reads_.seen_elsewhere(), at(400));
}

TEST_F(CachedReadTest, SettlesOnceTheLogIsReadUpToItsEnd) {
  cache_.current_as_of = at(109);
  EXPECT_FALSE(settles(read_, cache_));
  cache_.current_as_of = at(110);
  EXPECT_TRUE(settles(read_, cache_));
  settle();
  EXPECT_FALSE(settles(read_, cache_));
}

}  // namespace
}  // namespace understudy::routing

#include "net/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <vector>

#include "loop_driver.h"
#include "net/loop_core.h"

namespace understudy::net {
namespace {

using test::run_until;
using test::run_what_is_ready;

class RecordingWatch final : public Poller::Watch {
 public:
  void on_ready(std::uint32_t events) override {
    seen.push_back(events);
    if (action) action();
  }
  std::vector<std::uint32_t> seen;
  std::function<void()> action;
};

// `near` is watched, `far` is the other end.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    near = ends[0];
    far = ends[1];
  }
  ~Pair() {
    close_near();
    ::close(far);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  void close_near() {
    if (near >= 0) ::close(near);
    near = -1;
  }
  void say() const { EXPECT_EQ(::send(far, "x", 1, 0), 1); }
  void hear() const {
    char byte = 0;
    EXPECT_EQ(::recv(near, &byte, 1, 0), 1);
  }
  int near = -1;
  int far = -1;
};

class PollerTest : public testing::Test {
 protected:
  Loop loop_;
  Poller& poller_ = loop_.core().poller;
  Pair one_;
  Pair two_;
  RecordingWatch first_;
  RecordingWatch second_;
};

TEST_F(PollerTest, TellsAgainUntilEverythingIsRead) {
  first_.action = [&] { one_.hear(); };
  ASSERT_EQ(poller_.add(one_.near, first_, EPOLLIN), 0);
  one_.say();
  one_.say();
  ASSERT_TRUE(run_until(loop_, [&] { return first_.seen.size() == 2; }));
  run_what_is_ready(loop_);
  EXPECT_EQ(first_.seen, (std::vector<std::uint32_t>{EPOLLIN, EPOLLIN}));
  poller_.remove(one_.near, first_);
}

TEST_F(PollerTest, WhatABatchHasFetchedForARemovedWatchIsNotTold) {
  ASSERT_EQ(poller_.add(one_.near, first_, EPOLLIN), 0);
  ASSERT_EQ(poller_.add(two_.near, second_, EPOLLIN), 0);
  one_.say();
  two_.say();
  first_.action = second_.action = [&] {
    poller_.remove(one_.near, first_);
    poller_.remove(two_.near, second_);
  };
  ASSERT_TRUE(run_until(loop_, [&] { return !first_.seen.empty() || !second_.seen.empty(); }));
  run_what_is_ready(loop_);
  EXPECT_EQ(first_.seen.size() + second_.seen.size(), 1U);
}

TEST_F(PollerTest, ANumberThatIsUsedAgainDoesNotGetTheOldEvent) {
  ASSERT_EQ(poller_.add(one_.near, first_, EPOLLIN), 0);
  ASSERT_EQ(poller_.add(two_.near, second_, EPOLLIN), 0);
  Pair fresh;
  one_.say();
  two_.say();
  RecordingWatch third;
  // Whichever comes first gives the other's number to a socket that has nothing to read.
  const auto replace = [&](Pair& other, RecordingWatch& watch) {
    poller_.remove(other.near, watch);
    ASSERT_EQ(::dup2(fresh.near, other.near), other.near);
    ASSERT_EQ(poller_.add(other.near, third, EPOLLIN), 0);
  };
  first_.action = [&] {
    poller_.remove(one_.near, first_);
    replace(two_, second_);
  };
  second_.action = [&] {
    poller_.remove(two_.near, second_);
    replace(one_, first_);
  };
  ASSERT_TRUE(run_until(loop_, [&] { return !first_.seen.empty() || !second_.seen.empty(); }));
  run_what_is_ready(loop_);
  EXPECT_EQ(first_.seen.size() + second_.seen.size(), 1U);
  EXPECT_TRUE(third.seen.empty());
  fresh.say();
  third.action = [&] { fresh.hear(); };
  ASSERT_TRUE(run_until(loop_, [&] { return third.seen.size() == 1; }));
  poller_.remove(first_.seen.empty() ? one_.near : two_.near, third);
}

TEST_F(PollerTest, ReadingStopsAndGoesOn) {
  ASSERT_EQ(poller_.add(one_.near, first_, EPOLLIN), 0);
  poller_.change(one_.near, first_, 0);
  one_.say();
  run_what_is_ready(loop_);
  EXPECT_TRUE(first_.seen.empty());
  first_.action = [&] { one_.hear(); };
  poller_.change(one_.near, first_, EPOLLIN);
  ASSERT_TRUE(run_until(loop_, [&] { return first_.seen.size() == 1; }));
  poller_.remove(one_.near, first_);
}

TEST_F(PollerTest, RoomForOutputIsToldWhenItIsAskedFor) {
  ASSERT_EQ(poller_.add(one_.near, first_, EPOLLIN), 0);
  run_what_is_ready(loop_);
  EXPECT_TRUE(first_.seen.empty());
  first_.action = [&] { poller_.change(one_.near, first_, EPOLLIN); };
  poller_.change(one_.near, first_, EPOLLIN | EPOLLOUT);
  ASSERT_TRUE(run_until(loop_, [&] { return !first_.seen.empty(); }));
  run_what_is_ready(loop_);
  EXPECT_EQ(first_.seen, std::vector<std::uint32_t>{EPOLLOUT});
  poller_.remove(one_.near, first_);
}

TEST_F(PollerTest, AHangUpThatNobodyWantsIsToldOnce) {
  ASSERT_EQ(poller_.add(one_.near, first_, 0), 0);
  ASSERT_EQ(::shutdown(one_.far, SHUT_RDWR), 0);
  run_what_is_ready(loop_);  // ends
  EXPECT_EQ(first_.seen.size(), 1U);
  EXPECT_NE(first_.seen.at(0) & EPOLLHUP, 0U);
  poller_.remove(one_.near, first_);
}

TEST_F(PollerTest, ADescriptorThatCannotBeWatchedIsAnError) {
  EXPECT_EQ(poller_.add(-1, first_, EPOLLIN), EBADF);
}

TEST_F(PollerTest, MoreThanABatchIsServedInTurn) {
  std::vector<Pair> pairs(150);
  std::vector<RecordingWatch> watches(pairs.size());
  std::size_t told = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    watches[i].action = [&, i] {
      pairs[i].hear();
      ++told;
    };
    ASSERT_EQ(poller_.add(pairs[i].near, watches[i], EPOLLIN), 0);
    pairs[i].say();
  }
  ASSERT_TRUE(run_until(loop_, [&] { return told == pairs.size(); }));
  for (std::size_t i = 0; i < pairs.size(); ++i)
    poller_.remove(pairs[i].near, watches[i]);
}

}  // namespace
}  // namespace understudy::net

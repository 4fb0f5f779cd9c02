#include "net/loop.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "loop_driver.h"
#include "net/timer.h"

namespace understudy::net {
namespace {

TEST(LoopTest, RunsPostedFunctionsInOrderAndNotInsidePost) {
  Loop loop;
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i)
    loop.post([&seen, i] { seen.push_back(i); });
  EXPECT_TRUE(seen.empty());
  test::run_what_is_ready(loop);
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(LoopTest, PostInsideAPostedFunctionRunsAfterIt) {
  Loop loop;
  std::vector<int> seen;
  loop.post([&] {
    loop.post([&] { seen.push_back(2); });
    seen.push_back(1);
  });
  test::run_what_is_ready(loop);
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(LoopTest, ManyThreadsPostAndNothingIsLost) {
  Loop loop;
  constexpr int kThreads = 4;
  constexpr int kPosts = 2000;
  int sum = 0;  // loop thread only
  std::thread runner([&] { loop.run(); });
  std::vector<std::thread> posters;
  posters.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t)
    posters.emplace_back([&] {
      for (int i = 0; i < kPosts; ++i)
        loop.post([&] {
          if (++sum == kThreads * kPosts) loop.stop();
        });
    });
  for (std::thread& poster : posters)
    poster.join();
  runner.join();
  EXPECT_EQ(sum, kThreads * kPosts);
}

TEST(LoopTest, StopBeforeRunEndsTheNextRunOnly) {
  Loop loop;
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.stop();
  loop.run();
  EXPECT_FALSE(ran);
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(LoopTest, KnowsItsThread) {
  Loop loop;
  EXPECT_TRUE(loop.in_loop_thread()) << "nobody runs it yet";
  bool inside = false;
  bool other = true;
  loop.post([&] {
    inside = loop.in_loop_thread();
    std::thread([&] { other = loop.in_loop_thread(); }).join();
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(other);
}

TEST(LoopTest, DestroysWhatWasPostedAndNotRun) {
  auto token = std::make_shared<int>(1);
  {
    Loop loop;
    auto timer = std::make_unique<Timer>(loop);
    timer->start(std::chrono::hours(1), [token] {});
    loop.post([timer = std::move(timer), token] {});
    EXPECT_GT(token.use_count(), 1);
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace understudy::net

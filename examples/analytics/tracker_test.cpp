#include "tracker.h"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <set>

namespace analytics {
namespace {

Event event(std::uint64_t user) {
  return {user, "search", "{}", TimePoint{}};
}

std::vector<Event> events(std::size_t count) {
  return std::vector<Event>(count, event(1));
}

// A database that can be made to hang and to fail.
class Stored {
 public:
  Tracker::Store store() {
    return [this](const Batch& batch) { write(batch); };
  }

  // How many of the next attempts fail, after the batch was written or before.
  void fail(int attempts, bool written) {
    const std::lock_guard lock(mutex_);
    failures_ = attempts;
    written_all_the_same_ = written;
  }
  void hang() {
    const std::lock_guard lock(mutex_);
    hangs_ = true;
  }
  void go_on() {
    {
      const std::lock_guard lock(mutex_);
      hangs_ = false;
    }
    changed_.notify_all();
  }
  // Until an attempt is under way that hangs.
  void wait_for_attempt() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_; });
  }

  // Users in the order in which they were written.
  std::vector<std::uint64_t> users() {
    const std::lock_guard lock(mutex_);
    return users_;
  }
  std::vector<std::size_t> sizes() {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }

 private:
  void write(const Batch& batch) {
    std::unique_lock lock(mutex_);
    inside_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !hangs_; });
    inside_ = false;
    const bool fails = failures_ > 0 && failures_-- > 0;
    if (!fails || written_all_the_same_) keep(batch);
    if (fails) throw std::runtime_error("the connection was lost");
  }

  void keep(const Batch& batch) {
    if (!names_.insert({batch.writer, batch.number}).second) return;
    sizes_.push_back(batch.events.size());
    for (const Event& each : batch.events)
      users_.push_back(each.user);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  bool inside_ = false;
  int failures_ = 0;
  bool written_all_the_same_ = false;
  std::set<std::pair<std::uint64_t, std::uint64_t>> names_;
  std::vector<std::uint64_t> users_;
  std::vector<std::size_t> sizes_;
};

TEST(TrackerTest, WritesAfterTheDelayAlthoughTheBatchIsNotFull) {
  Stored stored;
  Tracker tracker(stored.store(), {.batch_events = 1000, .delay = Milliseconds(5)});
  EXPECT_TRUE(tracker.track(event(7)));
  tracker.flush();
  EXPECT_EQ(stored.users(), std::vector<std::uint64_t>{7});
  EXPECT_EQ(tracker.statistics().written, 1u);
}

TEST(TrackerTest, WritesAFullBatchBeforeTheDelay) {
  Stored stored;
  Tracker tracker(stored.store(), {.batch_events = 3, .delay = std::chrono::hours(1)});
  for (std::uint64_t user = 1; user <= 6; ++user)
    EXPECT_TRUE(tracker.track(event(user)));
  tracker.flush();
  EXPECT_EQ(stored.users(), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(stored.sizes(), (std::vector<std::size_t>{3, 3}));
}

TEST(TrackerTest, RefusesWhenItIsFull) {
  Stored stored;
  stored.hang();
  Tracker tracker(stored.store(), {.batch_events = 2, .queue_events = 4});
  EXPECT_TRUE(tracker.track(events(2)));
  stored.wait_for_attempt();  // these two are no longer in the queue
  EXPECT_TRUE(tracker.track(events(3)));
  EXPECT_FALSE(tracker.track(events(2)));  // all or none
  EXPECT_TRUE(tracker.track(event(1)));
  EXPECT_FALSE(tracker.track(event(1)));
  EXPECT_EQ(tracker.statistics().refused, 3u);
  stored.go_on();
  tracker.flush();
  EXPECT_TRUE(tracker.track(events(4)));
  tracker.flush();
  EXPECT_EQ(stored.users().size(), 10u);
}

TEST(TrackerTest, NeitherLosesNorDoublesABatchWhoseFateIsUnknown) {
  for (const bool written : {true, false}) {
    Stored stored;
    stored.fail(1, written);
    Tracker tracker(stored.store(),
                    {.batch_events = 2, .delay = Milliseconds(1), .pause = Milliseconds(1)});
    for (std::uint64_t user = 1; user <= 4; ++user)
      EXPECT_TRUE(tracker.track(event(user)));
    tracker.flush();
    EXPECT_EQ(stored.users(), (std::vector<std::uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(tracker.statistics().retries, 1u);
  }
}

TEST(TrackerTest, WritesWhatIsLeftWhenItEnds) {
  Stored stored;
  {
    Tracker tracker(stored.store(), {.batch_events = 2, .delay = std::chrono::hours(1)});
    EXPECT_TRUE(tracker.track(events(7)));
  }
  EXPECT_EQ(stored.users().size(), 7u);
}

TEST(TrackerTest, EndsAlthoughTheDatabaseIsGone) {
  Stored stored;
  stored.fail(1000000, false);
  {
    Tracker tracker(stored.store(),
                    {.delay = Milliseconds(1), .pause = Milliseconds(1), .drain = Milliseconds(5)});
    EXPECT_TRUE(tracker.track(events(7)));
  }
  EXPECT_TRUE(stored.users().empty());
}

TEST(TrackerTest, TakesEventsFromManyThreads) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 2000;
  Stored stored;
  Tracker tracker(stored.store(), {.batch_events = 100, .delay = Milliseconds(1)});
  std::vector<std::future<void>> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.push_back(std::async(std::launch::async, [&tracker, i] {
      for (std::size_t n = 0; n < kEach; ++n)
        ASSERT_TRUE(tracker.track(event(i)));
    }));
  for (auto& thread : threads)
    thread.get();
  tracker.flush();
  std::map<std::uint64_t, std::size_t> counts;
  for (const std::uint64_t user : stored.users())
    ++counts[user];
  for (std::size_t i = 0; i < kThreads; ++i)
    EXPECT_EQ(counts[i], kEach);
}

TEST(DelaysTest, KnowsTheShares) {
  Delays delays;
  EXPECT_EQ(delays.at(0.5), Milliseconds(0));
  for (int i = 1; i <= 100; ++i)
    delays.add(Milliseconds(i));
  EXPECT_EQ(delays.at(0.5), Milliseconds(50));
  EXPECT_EQ(delays.at(0.99), Milliseconds(99));
  delays.add(std::chrono::hours(1));
  EXPECT_EQ(delays.at(1), Milliseconds(60000));
}

}  // namespace
}  // namespace analytics

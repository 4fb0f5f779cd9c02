#include "backend/flights.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

namespace understudy::backend {
namespace {

class FlightsTest : public testing::Test {
 protected:
  Flights::Place join(std::uint64_t hash = 1) {
    return flights_.join(hash, loop_, [this](bool stored) {
      ++called_;
      stored_ = stored;
    });
  }
  void run() {
    loop_.post([this] { loop_.stop(); });
    loop_.run();
  }

  net::Loop loop_;
  Flights flights_{4};
  int called_ = 0;
  bool stored_ = false;
};

TEST_F(FlightsTest, TheFirstLeadsAndTheOthersWait) {
  Flights::Place leader = join();
  const Flights::Place one = join();
  const Flights::Place two = join();
  const Flights::Place elsewhere = join(2);
  EXPECT_TRUE(leader.leads());
  EXPECT_TRUE(one.waits());
  EXPECT_TRUE(two.waits());
  EXPECT_TRUE(elsewhere.leads());
  EXPECT_EQ(flights_.waits(), 2U);
  leader.set_stored();
  leader.release();
  EXPECT_EQ(called_, 0) << "only from the loop";
  run();
  EXPECT_EQ(called_, 2);
  EXPECT_TRUE(stored_);
  run();
  EXPECT_EQ(called_, 2);
}

TEST_F(FlightsTest, AFlightEndsWithItsLeadersPlace) {
  std::optional<Flights::Place> leader(join());
  Flights::Place moved = std::move(*leader);
  leader.reset();
  const Flights::Place waiter = join();
  EXPECT_TRUE(waiter.waits()) << "the place has moved, not ended";
  moved = Flights::Place();
  run();
  EXPECT_EQ(called_, 1);
  EXPECT_FALSE(stored_);
  EXPECT_TRUE(join().leads()) << "the next one";
}

TEST_F(FlightsTest, WhoGaveUpItsPlaceIsNotCalled) {
  Flights::Place leader = join();
  Flights::Place before = join();
  Flights::Place on_the_way = join();
  before.release();
  leader.release();
  on_the_way.release();
  run();
  EXPECT_EQ(called_, 0);
}

TEST_F(FlightsTest, AWaiterOfAnEndedFlightDoesNotDisturbTheNext) {
  Flights::Place first = join();
  Flights::Place waiter = join();
  first.release();
  Flights::Place second = join();
  const Flights::Place other = join();
  waiter.release();
  second.release();
  run();
  EXPECT_EQ(called_, 1);
}

TEST_F(FlightsTest, ACallMayGiveUpItsOwnPlaceAndJoinAgain) {
  Flights::Place leader = join();
  auto place = std::make_shared<Flights::Place>();
  *place = flights_.join(1, loop_, [this, place](bool) {
    ++called_;
    *place = join();
    EXPECT_TRUE(place->leads());
    place->release();
  });
  leader.release();
  run();
  EXPECT_EQ(called_, 1);
}

TEST_F(FlightsTest, ALoopMayGoWithCallsOnTheWay) {
  Flights::Place leader = join();
  {
    net::Loop other;
    const Flights::Place waiter = flights_.join(1, other, [this](bool) { ++called_; });
    leader.release();
  }
  EXPECT_EQ(called_, 0);
}

// One thread's worker: it joins until it has led or been called kRounds times; gives up now and
// then.
class Worker {
 public:
  static constexpr int kRounds = 3000;
  Worker(Flights& flights, std::atomic<int>& leaders) : flights_(flights), leaders_(leaders) {}

  void run() {
    loop_.post([this] { next(); });
    loop_.run();
  }

 private:
  void next() {
    if (++rounds_ > kRounds) return loop_.stop();
    place_ = flights_.join(7, loop_, [this](bool) {
      place_.release();
      next();
    });
    if (place_.waits() && rounds_ % 16 != 0) return;
    if (place_.leads()) {
      EXPECT_EQ(leaders_.fetch_add(1), 0);
      loop_.post([this] {
        leaders_.fetch_sub(1);
        place_.release();
        next();
      });
      return;
    }
    place_.release();
    loop_.post([this] { next(); });
  }

  Flights& flights_;
  std::atomic<int>& leaders_;
  net::Loop loop_;
  Flights::Place place_;
  int rounds_ = 0;
};

// A lost wakeup would leave a loop running for ever.
TEST(FlightsThreadsTest, OneLeadsAtATimeAndNobodyIsForgotten) {
  Flights flights(1);
  std::atomic<int> leaders{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { Worker(flights, leaders).run(); });
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(leaders, 0);
}

}  // namespace
}  // namespace understudy::backend

#include "analytics.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <thread>

namespace analytics {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using understudy::Cluster;

// Real servers, named by UNDERSTUDY_TEST_CONFIG, some of them with the tag "analytics".
class AnalyticsTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("UNDERSTUDY_TEST_CONFIG");
    if (path == nullptr) GTEST_SKIP() << "UNDERSTUDY_TEST_CONFIG is not set";
    Cluster::from_file(path, "app", "app", "").write("CREATE DATABASE IF NOT EXISTS analytics_test");
    cluster_.emplace(Cluster::from_file(path, "app", "app", "analytics_test"));
    analytics_.emplace(*cluster_);
    analytics_->create(kPresent);
  }

  void store(std::vector<Event> events) {
    EXPECT_TRUE(analytics_->store({1, ++number_, std::move(events)}));
    totals();
  }

  // Waits for the replicas: they answer with what was written so far.
  Totals totals() { return analytics_->totals(); }

  // Eventual reads may be answered by a replica that is late for a moment.
  static void eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
      std::this_thread::yield();
    }
  }

  static void expect_no_primary(const Answered& answered) {
    EXPECT_FALSE(answered.servers.empty());
    EXPECT_FALSE(answered.servers.contains("db1"));
  }

  // 12:34:56.789 of a day.
  static constexpr TimePoint kPresent{Milliseconds(1767270896789)};

  std::optional<Cluster> cluster_;
  std::optional<Analytics> analytics_;
  std::uint64_t number_ = 0;
};

TEST_F(AnalyticsTest, CountsBySecondAndType) {
  const TimePoint time = kPresent - seconds(10);
  store({{1, "search", "{}", time}, {2, "search", "{}", time}, {1, "purchase", "{}", time}});
  store({{3, "search", "{}", time}, {3, "search", "{}", kPresent - seconds(9)}});
  eventually([&] { return analytics_->by_second(kPresent).value.size() == 3; });
  const auto answer = analytics_->by_second(kPresent);
  expect_no_primary(answer.answered);
  EXPECT_EQ(answer.value[0].type, "purchase");
  EXPECT_EQ(answer.value[0].events, 1u);
  EXPECT_EQ(answer.value[1].type, "search");
  EXPECT_EQ(answer.value[1].events, 3u);
  EXPECT_EQ(answer.value[2].start, answer.value[1].start + 1);
  EXPECT_TRUE(analytics_->by_second(kPresent + minutes(3)).value.empty());
}

TEST_F(AnalyticsTest, CountsActiveUsersOnce) {
  store({{1, "a", "{}", kPresent - minutes(5)},
         {1, "a", "{}", kPresent - minutes(3)},
         {2, "a", "{}", kPresent - minutes(3)},
         {3, "a", "{}", kPresent - minutes(9)}});
  store({{2, "b", "{}", kPresent - minutes(3)}});
  eventually([&] { return analytics_->active_users(kPresent).value == 2; });
  expect_no_primary(analytics_->active_users(kPresent).answered);
  eventually([&] { return analytics_->by_minute(kPresent).value.size() == 3; });
  const auto by_minute = analytics_->by_minute(kPresent).value;
  EXPECT_EQ(by_minute[0].users, 1u);
  EXPECT_EQ(by_minute[1].users, 1u);
  EXPECT_EQ(by_minute[2].users, 2u);
  EXPECT_EQ(by_minute[2].events, 3u);
}

TEST_F(AnalyticsTest, RanksTypesOfTheLastHour) {
  store({{1, "rare", "{}", kPresent},
         {1, "often", "{}", kPresent - minutes(58)},
         {1, "often", "{}", kPresent - minutes(1)},
         {1, "old", "{}", kPresent - minutes(61)}});
  eventually([&] { return analytics_->frequent(kPresent).value.size() == 2; });
  const auto answer = analytics_->frequent(kPresent);
  expect_no_primary(answer.answered);
  EXPECT_EQ(answer.value[0].type, "often");
  EXPECT_EQ(answer.value[0].events, 2u);
  EXPECT_EQ(answer.value[1].type, "rare");
}

TEST_F(AnalyticsTest, TellsEngagementByHour) {
  store({{1, "a", "{}", kPresent - hours(23)},
         {1, "a", "{}", kPresent - hours(2)},
         {2, "a", "{}", kPresent - hours(2)},
         {2, "b", "{}", kPresent - hours(2)},
         {2, "b", "{}", kPresent - hours(24)}});
  eventually([&] { return analytics_->by_hour(kPresent).value[21].events == 3; });
  const auto answer = analytics_->by_hour(kPresent);
  expect_no_primary(answer.answered);
  ASSERT_EQ(answer.value.size(), 24u);
  EXPECT_EQ(answer.value[21].users, 2u);
  EXPECT_EQ(answer.value[0].events, 1u);
  EXPECT_EQ(answer.value[22].events, 0u);
  EXPECT_EQ(answer.value[23].start - answer.value[0].start, 23 * 3600);
}

TEST_F(AnalyticsTest, ReportsAUser) {
  const std::string metadata = R"({"words":"O'Brien \"ü\" \\ \n 🙂","nested":{"x":[1,2]}})";
  store({{7, "search", metadata, kPresent - minutes(2)},
         {7, "purchase", "{}", kPresent - minutes(1)},
         {7, "search", "{}", kPresent - hours(5)},
         {8, "search", "{}", kPresent}});
  eventually([&] { return analytics_->report(7).value.events == 3; });
  const auto answer = analytics_->report(7);
  expect_no_primary(answer.answered);
  ASSERT_EQ(answer.value.types.size(), 2u);
  EXPECT_EQ(answer.value.types[0].type, "search");
  EXPECT_EQ(answer.value.types[0].events, 2u);
  EXPECT_EQ(answer.value.first, kPresent - hours(5));
  EXPECT_EQ(answer.value.last, kPresent - minutes(1));
  ASSERT_EQ(answer.value.latest.size(), 3u);
  EXPECT_EQ(answer.value.latest[0].type, "purchase");
  EXPECT_EQ(answer.value.latest[1].metadata, metadata);
  EXPECT_EQ(answer.value.latest[1].time, kPresent - minutes(2));
  EXPECT_EQ(analytics_->latest().value.at(0).user, 8u);
  EXPECT_EQ(analytics_->report(9).value.events, 0u);
  EXPECT_FALSE(analytics_->report(9).value.first.has_value());
}

TEST_F(AnalyticsTest, StoresABatchOnce) {
  const Batch batch{5, 1, {{1, "a", "{}", kPresent}, {2, "a", "{}", kPresent}}};
  EXPECT_TRUE(analytics_->store(batch));
  EXPECT_FALSE(analytics_->store(batch));
  EXPECT_TRUE(analytics_->store({5, 2, batch.events}));
  EXPECT_EQ(totals().events, 4u);
  EXPECT_EQ(totals().counted, 4u);
}

TEST_F(AnalyticsTest, StoresBatchesOfManyWritersAtOnce) {
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 1; writer <= 4; ++writer)
    writers.emplace_back([&, writer] {
      for (std::uint64_t number = 1; number <= 20; ++number) {
        Batch batch{writer, number, {}};
        for (std::uint64_t user = 1; user <= 50; ++user)
          batch.events.push_back({user * writer % 70 + 1, "a", "{}", kPresent});
        EXPECT_TRUE(analytics_->store(batch));
      }
    });
  for (std::thread& writer : writers)
    writer.join();
  EXPECT_EQ(totals().events, 4000u);
  EXPECT_EQ(totals().counted, 4000u);
  std::set<std::uint64_t> users;
  for (std::uint64_t writer = 1; writer <= 4; ++writer)
    for (std::uint64_t user = 1; user <= 50; ++user)
      users.insert(user * writer % 70 + 1);
  eventually([&] { return analytics_->active_users(kPresent).value == users.size(); });
  eventually([&] { return analytics_->by_hour(kPresent).value[23].users == users.size(); });
}

TEST_F(AnalyticsTest, RemovesWhatIsOld) {
  constexpr std::chrono::days kKeep{2};
  store({{1, "a", "{}", kPresent}});
  for (int day = 1; day <= 4; ++day) {
    const TimePoint time = kPresent + std::chrono::days(day);
    analytics_->retain(time, kKeep);
    store({{1, "a", "{}", time}});
  }
  // The day itself and two before it.
  EXPECT_EQ(totals().events, 3u);
  EXPECT_EQ(totals().counted, 5u);  // the roll-up by hour is kept for longer
  const auto left = cluster_->read("SELECT COUNT(*) AS n FROM event_count WHERE span = 1");
  EXPECT_EQ(left[0].get<int>("n"), 1);  // that of the last day
}

}  // namespace
}  // namespace analytics

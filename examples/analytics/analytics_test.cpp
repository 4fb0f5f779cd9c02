#include "analytics.h"

#include <gtest/gtest.h>

#include <cstdlib>
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
    Cluster::from_file(path, "app", "app", "")
        .write("CREATE DATABASE IF NOT EXISTS analytics_test");
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

  // The first answer for which it holds: an eventual read, and the one after it as well, may be
  // answered by a replica that is late for a moment. None of them by the primary.
  template <typename Ask, typename Holds>
  static auto eventual_answer(Ask ask, Holds holds) {
    const auto until = std::chrono::steady_clock::now() + seconds(20);
    for (;;) {
      try {
        auto answer = ask();
        EXPECT_FALSE(answer.answered.servers.empty());
        EXPECT_FALSE(answer.answered.servers.contains("db1"));
        if (holds(answer)) return answer;
      } catch (const understudy::DatabaseError& error) {
        if (error.code() != kNoSuchTable) throw;  // it has not got the tables yet
      }
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("it never holds");
      std::this_thread::yield();
    }
  }
  template <typename Ask, typename Holds>
  static auto eventually(Ask ask, Holds holds) {
    return eventual_answer(ask, [&](const auto& answer) { return holds(answer.value); }).value;
  }

  static constexpr int kNoSuchTable = 1146;
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
  const auto counts = eventually([&] { return analytics_->by_second(kPresent); },
                                 [](const auto& value) { return value.size() == 3; });
  EXPECT_EQ(counts[0].type, "purchase");
  EXPECT_EQ(counts[0].events, 1u);
  EXPECT_EQ(counts[1].type, "search");
  EXPECT_EQ(counts[1].events, 3u);
  EXPECT_EQ(counts[2].start, counts[1].start + 1);
  eventually([&] { return analytics_->by_second(kPresent + minutes(3)); },
             [](const auto& value) { return value.empty(); });
}

TEST_F(AnalyticsTest, CountsActiveUsersOnce) {
  store({{1, "a", "{}", kPresent - minutes(5)},
         {1, "a", "{}", kPresent - minutes(3)},
         {2, "a", "{}", kPresent - minutes(3)},
         {3, "a", "{}", kPresent - minutes(9)}});
  store({{2, "b", "{}", kPresent - minutes(3)}});
  eventually([&] { return analytics_->active_users(kPresent); },
             [](std::uint64_t users) { return users == 2; });
  const auto minutes_of_hour =
      eventually([&] { return analytics_->by_minute(kPresent); },
                 [](const auto& value) { return value.size() == 3 && value[2].events == 3; });
  EXPECT_EQ(minutes_of_hour[0].users, 1u);
  EXPECT_EQ(minutes_of_hour[1].users, 1u);
  EXPECT_EQ(minutes_of_hour[2].users, 2u);
}

TEST_F(AnalyticsTest, RanksTypesOfTheLastHour) {
  store({{1, "rare", "{}", kPresent},
         {1, "often", "{}", kPresent - minutes(58)},
         {1, "often", "{}", kPresent - minutes(1)},
         {1, "old", "{}", kPresent - minutes(61)}});
  const auto types = eventually([&] { return analytics_->frequent(kPresent); },
                                [](const auto& value) { return value.size() == 2; });
  EXPECT_EQ(types[0].type, "often");
  EXPECT_EQ(types[0].events, 2u);
  EXPECT_EQ(types[1].type, "rare");
}

TEST_F(AnalyticsTest, TellsEngagementByHour) {
  store({{1, "a", "{}", kPresent - hours(23)},
         {1, "a", "{}", kPresent - hours(2)},
         {2, "a", "{}", kPresent - hours(2)},
         {2, "b", "{}", kPresent - hours(2)},
         {2, "b", "{}", kPresent - hours(24)}});
  const auto by_hour = eventually(
      [&] { return analytics_->by_hour(kPresent); },
      [](const auto& value) { return value.at(0).events == 1 && value.at(21).events == 3; });
  ASSERT_EQ(by_hour.size(), 24u);
  EXPECT_EQ(by_hour[21].users, 2u);
  EXPECT_EQ(by_hour[22].events, 0u);
  EXPECT_EQ(by_hour[23].start - by_hour[0].start, 23 * 3600);
}

TEST_F(AnalyticsTest, AnswersHoursThatAreOverFromTheCache) {
  store({{1, "a", "{}", kPresent - hours(2)}});
  const auto until = std::chrono::steady_clock::now() + seconds(20);
  for (std::uint64_t i = 1;; ++i) {
    // Again and again something happens in this hour: it does not concern the others.
    store({{1, "a", "{}", kPresent}});
    eventually([&] { return analytics_->by_hour(kPresent); },
               [i](const auto& value) { return value.at(23).events == i; });
    const auto over = analytics_->by_hour(kPresent - hours(1));
    if (over.answered.servers == std::set<std::string>{"cache"}) {
      EXPECT_EQ(over.value[22].events, 1u);
      EXPECT_TRUE(over.answered.staleness.has_value());
      break;
    }
    ASSERT_LT(std::chrono::steady_clock::now(), until);  // those of the first rounds are not there
  }
}

TEST_F(AnalyticsTest, ReportsAUser) {
  const std::string metadata = R"({"words":"O'Brien \"ü\" \\ \n 🙂","nested":{"x":[1,2]}})";
  store({{7, "search", metadata, kPresent - minutes(2)},
         {7, "purchase", "{}", kPresent - minutes(1)},
         {7, "search", "{}", kPresent - hours(5)},
         {8, "search", "{}", kPresent}});
  const Report report =
      eventually([&] { return analytics_->report(7); },
                 [](const Report& value) { return value.events == 3 && value.latest.size() == 3; });
  ASSERT_EQ(report.types.size(), 2u);
  EXPECT_EQ(report.types[0].type, "search");
  EXPECT_EQ(report.types[0].events, 2u);
  EXPECT_EQ(report.first, kPresent - hours(5));
  EXPECT_EQ(report.last, kPresent - minutes(1));
  EXPECT_EQ(report.latest[0].type, "purchase");
  EXPECT_EQ(report.latest[1].metadata, metadata);
  EXPECT_EQ(report.latest[1].time, kPresent - minutes(2));
  const auto latest = eventually([&] { return analytics_->latest(); },
                                 [](const auto& value) { return value.size() == 4; });
  EXPECT_EQ(latest[0].user, 8u);
  eventually(
      [&] { return analytics_->report(9); },
      [](const Report& value) { return !value.first && !value.last && value.types.empty(); });
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
  eventually([&] { return analytics_->active_users(kPresent); },
             [&](std::uint64_t value) { return value == users.size(); });
  eventually([&] { return analytics_->by_hour(kPresent); },
             [&](const auto& value) { return value.at(23).users == users.size(); });
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
  const auto left = cluster_->read(
      understudy::ReadOptions{
          .consistency = understudy::Consistency::Session, .tag = "analytics", .primary = false},
      "SELECT COUNT(*) AS n FROM event_count WHERE span = 1");
  EXPECT_EQ(left[0].get<int>("n"), 1);  // that of the last day
}

}  // namespace
}  // namespace analytics

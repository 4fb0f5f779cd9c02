// A day that was not lived through: the roll-ups as if it had been, and a few of its events.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "load.h"
#include "visitors.h"

namespace analytics {
namespace {

using std::chrono::seconds;

constexpr int kHours = 24;
constexpr int kMinutes = 60;
constexpr int kSeconds = 120;
constexpr std::size_t kEvents = 20000;
constexpr std::size_t kBatch = 1000;

// How busy it was then, the present being 1 or so: fewer people at night.
double busy(double hours_back) {
  const double turn = 2 * std::numbers::pi * (hours_back - 2) / kHours;
  return 0.64 + 0.36 * std::cos(turn) + 0.05 * std::sin(hours_back * 2.7);
}

std::int64_t start_of(TimePoint time, seconds span) {
  const auto since = std::chrono::floor<seconds>(time).time_since_epoch();
  return (since - since % span).count();
}

// Of one period, as far as it is over.
class Filler {
 public:
  Filler(understudy::Cluster& cluster, const Load& load, TimePoint present)
      : cluster_(cluster), load_(load), present_(present) {}

  void hour(int back) {
    const std::int64_t start = start_of(present_ - back * std::chrono::hours(1), seconds(3600));
    const double length = back == 0 ? static_cast<double>(elapsed(start)) : 3600;
    const double share = std::clamp(busy(back) * length / 3600, 0.0, 1.0);
    activity(3600, start, load_.rate * length * busy(back),
             share * static_cast<double>(load_.users));
  }

  void minute(int back, const std::vector<std::uint64_t>& users) {
    const std::int64_t start = start_of(present_ - back * std::chrono::minutes(1), seconds(60));
    const auto length = static_cast<double>(back == 0 ? elapsed(start) : 60);
    const double wave = 1 + 0.07 * std::sin(back * 0.35) + 0.03 * std::sin(back * 1.9);
    activity(60, start, load_.rate * length * wave, wave * static_cast<double>(users.size()));
    counts(60, start, load_.rate * length * wave);
  }

  void second(int back) {
    const double wave = 1 + 0.08 * std::sin(back * 0.17) + 0.04 * std::sin(back * 1.3);
    counts(1, start_of(present_, seconds(1)) - back, load_.rate * wave);
  }

  // Whoever is seen again is not counted again.
  void users(std::int64_t span, const std::vector<std::uint64_t>& seen) {
    cluster_.write(
        "INSERT IGNORE INTO active_user (span, begins, user) SELECT ?, ?, user "
        "FROM JSON_TABLE(?, '$[*]' COLUMNS (user BIGINT UNSIGNED PATH '$')) AS seen",
        span, start_of(present_, seconds(span)), Json(seen).dump());
  }

 private:
  [[nodiscard]] std::int64_t elapsed(std::int64_t start) const {
    return start_of(present_, seconds(1)) - start;
  }

  void activity(std::int64_t span, std::int64_t start, double events, double users) {
    cluster_.write(
        "INSERT INTO activity (span, begins, events, users) VALUES (?, ?, ?, ?) ON DUPLICATE KEY "
        "UPDATE events = events + VALUES(events), users = GREATEST(users, VALUES(users))",
        span, start, std::llround(events), std::llround(users));
  }

  void counts(std::int64_t span, std::int64_t start, double events) {
    for (const Kind& kind : Visitors::kinds())
      cluster_.write(
          "INSERT INTO event_count (span, begins, type, events) VALUES (?, ?, ?, ?) "
          "ON DUPLICATE KEY UPDATE events = events + VALUES(events)",
          span, start, kind.type, std::llround(events * kind.share));
  }

  understudy::Cluster& cluster_;
  const Load& load_;
  const TimePoint present_;
};

// A few of a day's events, evenly over it.
void write_events(Analytics& analytics, Visitors& visitors, TimePoint present) {
  const auto step = std::chrono::duration_cast<Milliseconds>(std::chrono::hours(kHours)) / kEvents;
  Batch batch;
  batch.writer = static_cast<std::uint64_t>(present.time_since_epoch().count());
  for (std::size_t back = kEvents; back > 0; --back) {
    batch.events.push_back(visitors.next(present - back * step));
    if (batch.events.size() < kBatch && back > 1) continue;
    ++batch.number;
    analytics.store(batch);
    batch.events.clear();
  }
}

}  // namespace

void seed(understudy::Cluster& cluster, Analytics& analytics, const Load& load) {
  const TimePoint present = now();
  Visitors visitors(load.users, 1);
  write_events(analytics, visitors, present);
  Filler filler(cluster, load, present);
  for (int back = 0; back < kHours; ++back)
    filler.hour(back);
  for (int back = 0; back < kMinutes; ++back)
    filler.minute(back, visitors.present(present));
  for (int back = 1; back <= kSeconds; ++back)
    filler.second(back);
  filler.users(60, visitors.present(present));
  filler.users(3600, visitors.present(present));
}

}  // namespace analytics

#include "analytics.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace analytics {
namespace {

using std::chrono::seconds;

constexpr seconds kMinute{60};
constexpr seconds kHour{3600};
constexpr seconds kLive{120};

const understudy::ReadOptions& analytic() {
  static const understudy::ReadOptions options{
      .consistency = understudy::Consistency::Eventual, .tag = "analytics", .primary = false};
  return options;
}

// The beginning of the period of that length, in seconds since 1970.
std::int64_t start_of(TimePoint time, seconds span) {
  const auto since = std::chrono::floor<seconds>(time).time_since_epoch();
  return (since - since % span).count();
}

std::int64_t in_milliseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

TimePoint time_of(const understudy::Row& row, std::string_view column) {
  return TimePoint(Milliseconds(row.get<std::int64_t>(column)));
}

// Reads for one answer, and who answered them.
class Asking {
 public:
  explicit Asking(understudy::Cluster& cluster) : cluster_(cluster) {}

  template <typename... Parameters>
  understudy::QueryResult read(std::string_view sql, const Parameters&... parameters) {
    const auto began = std::chrono::steady_clock::now();
    auto result = cluster_.read(analytic(), sql, parameters...);
    answered_.took += std::chrono::steady_clock::now() - began;
    if (answered_.servers.empty())
      answered_.staleness = result.staleness();
    else if (answered_.staleness)  // what is put together is as old as its oldest part
      answered_.staleness =
          result.staleness() ? std::max(answered_.staleness, result.staleness()) : std::nullopt;
    answered_.servers.insert(result.server());
    return result;
  }

  [[nodiscard]] const Answered& answered() const { return answered_; }

 private:
  understudy::Cluster& cluster_;
  Answered answered_;
};

using Period = std::pair<seconds, std::int64_t>;  // how long it is, and its beginning

struct PeriodActivity {
  std::uint64_t events = 0;
  std::set<std::uint64_t> users;
};

// What a batch adds to the roll-ups. Sorted: writers that take rows in one order do not lock up.
struct RollUps {
  explicit RollUps(const std::vector<Event>& events) {
    for (const Event& event : events) {
      for (const seconds span : {seconds(1), kMinute})
        ++counts[{span, start_of(event.time, span), event.type}];
      for (const seconds span : {kMinute, kHour}) {
        PeriodActivity& activity = activities[{span, start_of(event.time, span)}];
        ++activity.events;
        activity.users.insert(event.user);
      }
    }
  }

  std::map<std::tuple<seconds, std::int64_t, std::string>, std::uint64_t> counts;
  std::map<Period, PeriodActivity> activities;
};

// One statement takes a batch of any size: the rows are one parameter, a JSON array.
void insert_events(understudy::Transaction& transaction, const std::vector<Event>& events) {
  Json rows = Json::array();
  for (const Event& event : events)
    rows.push_back({in_milliseconds(event.time), event.user, event.type, event.metadata});
  transaction.execute(
      "INSERT INTO event (at, user, type, metadata) SELECT at, user, type, metadata "
      "FROM JSON_TABLE(?, '$[*]' COLUMNS (at BIGINT UNSIGNED PATH '$[0]', "
      "user BIGINT UNSIGNED PATH '$[1]', type VARCHAR(40) PATH '$[2]', "
      "metadata LONGTEXT PATH '$[3]')) AS rows_of_batch",
      rows.dump());
}

void add_counts(understudy::Transaction& transaction, const RollUps& roll_ups) {
  Json rows = Json::array();
  for (const auto& [key, events] : roll_ups.counts) {
    const auto& [span, start, type] = key;
    rows.push_back({span.count(), start, type, events});
  }
  transaction.execute(
      "INSERT INTO event_count (span, begins, type, events) SELECT span, begins, type, more "
      "FROM JSON_TABLE(?, '$[*]' COLUMNS (span SMALLINT UNSIGNED PATH '$[0]', "
      "begins BIGINT UNSIGNED PATH '$[1]', type VARCHAR(40) PATH '$[2]', "
      "more BIGINT UNSIGNED PATH '$[3]')) AS rows_of_batch "
      "ON DUPLICATE KEY UPDATE events = events + more",
      rows.dump());
}

// A period's users are counted as they come: those whose row is new.
void add_activity(understudy::Transaction& transaction, const Period& period,
                  const PeriodActivity& activity) {
  const auto& [span, start] = period;
  const auto added = transaction.execute(
      "INSERT IGNORE INTO active_user (span, begins, user) SELECT ?, ?, user "
      "FROM JSON_TABLE(?, '$[*]' COLUMNS (user BIGINT UNSIGNED PATH '$')) AS users_of_batch",
      span.count(), start, Json(activity.users).dump());
  transaction.execute(
      "INSERT INTO activity (span, begins, events, users) VALUES (?, ?, ?, ?) "
      "ON DUPLICATE KEY UPDATE events = events + VALUES(events), users = users + VALUES(users)",
      span.count(), start, activity.events, added.affected_rows());
}

std::vector<TypeCount> counts_of(const understudy::QueryResult& result) {
  std::vector<TypeCount> counts;
  for (const understudy::Row& row : result)
    counts.push_back({row.get<std::int64_t>("begins"), row.get<std::string>("type"),
                      row.get<std::uint64_t>("events")});
  return counts;
}

std::vector<Event> events_of(const understudy::QueryResult& result) {
  std::vector<Event> events;
  for (const understudy::Row& row : result)
    events.push_back({row.get<std::uint64_t>("user"), row.get<std::string>("type"),
                      row.get<std::string>("metadata"), time_of(row, "at")});
  return events;
}

Activity activity_of(const understudy::Row& row) {
  return {row.get<std::int64_t>("begins"), row.get<std::uint64_t>("events"),
          row.get<std::uint64_t>("users")};
}

}  // namespace

Analytics::Analytics(understudy::Cluster cluster) : cluster_(std::move(cluster)) {}

bool Analytics::store(const Batch& batch) {
  const RollUps roll_ups(batch.events);
  return cluster_.transaction([&](understudy::Transaction& transaction) {
    const auto named = transaction.execute(
        "INSERT IGNORE INTO batch (writer, number, at, events) VALUES (?, ?, ?, ?)", batch.writer,
        batch.number, in_milliseconds(now()), batch.events.size());
    if (named.affected_rows() == 0) return false;
    insert_events(transaction, batch.events);
    add_counts(transaction, roll_ups);
    for (const auto& [period, activity] : roll_ups.activities)
      add_activity(transaction, period, activity);
    return true;
  });
}

Answer<std::vector<TypeCount>> Analytics::by_second(TimePoint present) {
  Asking asking(cluster_);
  const auto counts = asking.read(
      "SELECT begins, type, events FROM event_count "
      "WHERE span = 1 AND begins >= ? AND begins < ? ORDER BY begins, type",
      start_of(present - kLive, seconds(1)), start_of(present, seconds(1)));
  return {counts_of(counts), asking.answered()};
}

Answer<std::uint64_t> Analytics::active_users(TimePoint present) {
  Asking asking(cluster_);
  const auto counted = asking.read(
      "SELECT COUNT(DISTINCT user) AS users FROM active_user WHERE span = 60 AND begins >= ?",
      start_of(present - 5 * kMinute, kMinute));
  return {counted[0].get<std::uint64_t>("users"), asking.answered()};
}

Answer<std::vector<Activity>> Analytics::by_minute(TimePoint present) {
  Asking asking(cluster_);
  std::vector<Activity> minutes;
  for (const understudy::Row& row : asking.read("SELECT begins, events, users FROM activity WHERE "
                                                "span = 60 AND begins > ? ORDER BY begins",
                                                start_of(present - kHour, kMinute)))
    minutes.push_back(activity_of(row));
  return {std::move(minutes), asking.answered()};
}

Answer<std::vector<TypeCount>> Analytics::frequent(TimePoint present) {
  Asking asking(cluster_);
  const auto counts = asking.read(
      "SELECT 0 AS begins, type, CAST(SUM(events) AS UNSIGNED) AS events FROM event_count "
      "WHERE span = 60 AND begins > ? GROUP BY type ORDER BY events DESC, type LIMIT 10",
      start_of(present - kHour, kMinute));
  return {counts_of(counts), asking.answered()};
}

Answer<std::vector<Activity>> Analytics::by_hour(TimePoint present) {
  constexpr int kHours = 24;
  Asking asking(cluster_);
  std::vector<Activity> hours;
  for (int back = kHours - 1; back >= 0; --back) {
    // By its whole primary key: the cache drops this answer when this row changes, and no other.
    const std::int64_t start = start_of(present - back * kHour, kHour);
    const auto hour = asking.read(
        "SELECT begins, events, users FROM activity WHERE span = 3600 AND begins = ?", start);
    hours.push_back(hour.empty() ? Activity{start, 0, 0} : activity_of(hour[0]));
  }
  return {std::move(hours), asking.answered()};
}

Answer<std::vector<Event>> Analytics::latest() {
  Asking asking(cluster_);
  const auto latest =
      asking.read("SELECT user, type, metadata, at FROM event ORDER BY id DESC LIMIT 16");
  return {events_of(latest), asking.answered()};
}

Answer<Report> Analytics::report(std::uint64_t user) {
  Asking asking(cluster_);
  Report report;
  for (const understudy::Row& row :
       asking.read("SELECT type, COUNT(*) AS events, MIN(at) AS first, MAX(at) AS last FROM event "
                   "WHERE user = ? GROUP BY type ORDER BY events DESC, type",
                   user)) {
    report.types.push_back({0, row.get<std::string>("type"), row.get<std::uint64_t>("events")});
    report.events += report.types.back().events;
    report.first = std::min(report.first.value_or(TimePoint::max()), time_of(row, "first"));
    report.last = std::max(report.last.value_or(TimePoint::min()), time_of(row, "last"));
  }
  report.latest =
      events_of(asking.read("SELECT user, type, metadata, at FROM event WHERE user = ? "
                            "ORDER BY at DESC, id DESC LIMIT 12",
                            user));
  return {std::move(report), asking.answered()};
}

Totals Analytics::totals() {
  understudy::ReadOptions options = analytic();
  options.consistency = understudy::Consistency::Session;  // with all that was written through it
  const auto counted = cluster_.read(
      options,
      "SELECT (SELECT COUNT(*) FROM event) AS events, "
      "(SELECT CAST(COALESCE(SUM(events), 0) AS UNSIGNED) FROM activity WHERE span = 3600) AS sum");
  return {counted[0].get<std::uint64_t>("events"), counted[0].get<std::uint64_t>("sum")};
}

}  // namespace analytics

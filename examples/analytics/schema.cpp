// The tables, and what keeps them from growing for ever.
#include <algorithm>
#include <string>

#include "analytics.h"

namespace analytics {
namespace {

constexpr std::int64_t kMillisecondsOfADay = 86400000;
constexpr std::int64_t kDaysAhead = 2;
constexpr std::uint64_t kRowsAtOnce = 10000;  // short transactions: replicas keep up

std::int64_t day_of(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

// A partition of the events holds a day. It is named for it, in days since 1970, and has whatever
// is older and has no partition of its own.
std::string partition(std::int64_t day) {
  return "PARTITION p" + std::to_string(day) + " VALUES LESS THAN (" +
         std::to_string((day + 1) * kMillisecondsOfADay) + ")";
}

struct Kept {
  const char* table;
  std::int64_t span;  // seconds
  std::chrono::hours time;
};

// What the questions reach back to, and a little more.
constexpr Kept kRollUps[] = {
    {"event_count", 1, std::chrono::hours(1)},  {"event_count", 60, std::chrono::hours(2)},
    {"active_user", 60, std::chrono::hours(1)}, {"active_user", 3600, std::chrono::hours(26)},
    {"activity", 60, std::chrono::hours(26)},   {"activity", 3600, std::chrono::hours(24 * 400)},
};

constexpr std::uint16_t kNoSuchPartition = 1507;
constexpr std::uint16_t kSameNamePartition = 1517;

}  // namespace

void Analytics::create(TimePoint present) {
  for (const char* table : {"event", "event_count", "active_user", "activity", "batch"})
    cluster_.write(std::string("DROP TABLE IF EXISTS ") + table);
  // The index has all that a report counts, so that it reads no rows for that.
  cluster_.write(
      "CREATE TABLE event (id BIGINT UNSIGNED AUTO_INCREMENT, "
      "at BIGINT UNSIGNED NOT NULL COMMENT 'milliseconds since 1970', "
      "user BIGINT UNSIGNED NOT NULL, type VARCHAR(40) CHARACTER SET ascii NOT NULL, "
      "metadata JSON NOT NULL, PRIMARY KEY (id, at), KEY by_user (user, at, type)) "
      "PARTITION BY RANGE (at) (" +
      partition(day_of(present)) + ")");
  // The roll-ups: periods of `span` seconds, and when they begin in seconds since 1970.
  cluster_.write(
      "CREATE TABLE event_count (span SMALLINT UNSIGNED, begins BIGINT UNSIGNED, "
      "type VARCHAR(40) CHARACTER SET ascii, events BIGINT UNSIGNED NOT NULL, "
      "PRIMARY KEY (span, begins, type))");
  cluster_.write(
      "CREATE TABLE active_user (span SMALLINT UNSIGNED, begins BIGINT UNSIGNED, "
      "user BIGINT UNSIGNED, PRIMARY KEY (span, begins, user))");
  cluster_.write(
      "CREATE TABLE activity (span SMALLINT UNSIGNED, begins BIGINT UNSIGNED, "
      "events BIGINT UNSIGNED NOT NULL, users BIGINT UNSIGNED NOT NULL, "
      "PRIMARY KEY (span, begins))");
  // Which batches are written. One that was tried again is found here.
  cluster_.write(
      "CREATE TABLE batch (writer BIGINT UNSIGNED, number BIGINT UNSIGNED, "
      "at BIGINT UNSIGNED NOT NULL, events INT UNSIGNED NOT NULL, PRIMARY KEY (writer, number), "
      "KEY by_time (at))");
  retain(present, std::chrono::days(1));
}

// Another tracker may have been quicker. MySQL has no IF EXISTS here.
void Analytics::change_partitions(const std::string& change, std::uint16_t done_already) {
  try {
    cluster_.write("ALTER TABLE event " + change);
  } catch (const understudy::DatabaseError& error) {
    if (error.code() != done_already) throw;
  }
}

void Analytics::add_days(std::int64_t newest, std::int64_t today) {
  for (std::int64_t day = std::max(newest + 1, today); day <= today + kDaysAhead; ++day)
    change_partitions("ADD PARTITION (" + partition(day) + ")", kSameNamePartition);
}

void Analytics::retain(TimePoint present, std::chrono::days keep) {
  const std::int64_t today = day_of(present);
  const auto partitions = cluster_.read(
      "SELECT partition_name AS name, CAST(partition_description AS SIGNED) AS end "
      "FROM information_schema.partitions "
      "WHERE table_schema = DATABASE() AND table_name = 'event'");
  std::int64_t newest = 0;
  for (const understudy::Row& row : partitions) {
    const std::int64_t day = row.get<std::int64_t>("end") / kMillisecondsOfADay - 1;
    newest = std::max(newest, day);
    // Dropping a day takes a moment; deleting its events takes as long as writing them did.
    if (day < today - keep.count())
      change_partitions("DROP PARTITION " + row.get<std::string>("name"), kNoSuchPartition);
  }
  add_days(newest, today);

  const auto remove = [&](const std::string& what, auto... parameters) {
    while (
        cluster_
            .write("DELETE FROM " + what + " LIMIT " + std::to_string(kRowsAtOnce), parameters...)
            .affected_rows() == kRowsAtOnce) {
    }
  };
  const auto seconds = std::chrono::floor<std::chrono::seconds>(present).time_since_epoch();
  for (const Kept& kept : kRollUps)
    remove(std::string(kept.table) + " WHERE span = ? AND begins < ?", kept.span,
           (seconds - kept.time).count());
  remove("batch WHERE at < ?", (present - std::chrono::days(1)).time_since_epoch().count());
}

}  // namespace analytics

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <understudy/cluster.h>

#include "event.h"

namespace analytics {

// Who answered a question, for whoever wants to know how far to trust it.
struct Answered {
  std::set<std::string> servers;          // "cache" among them
  std::optional<Milliseconds> staleness;  // the answer is at most so old; nothing: not known
  std::chrono::duration<double, std::milli> took{0};
};

template <typename T>
struct Answer {
  T value;
  Answered answered;
};

struct TypeCount {
  std::int64_t start = 0;  // of the second, in seconds since 1970; 0 for a whole period
  std::string type;
  std::uint64_t events = 0;
};

// Of a minute or an hour that begins at `start`.
struct Activity {
  std::int64_t start = 0;
  std::uint64_t events = 0;
  std::uint64_t users = 0;  // who did something
};

struct Report {
  std::vector<TypeCount> types;  // the most frequent first
  std::uint64_t events = 0;
  std::optional<TimePoint> first;
  std::optional<TimePoint> last;
  std::vector<Event> latest;  // the newest first
};

// How often an event is there, by each of the tables that count.
struct Totals {
  std::uint64_t events = 0;
  std::uint64_t counted = 0;  // by the roll-up
};

// Events in a cluster, and what they add up to. Thread-safe. Throws understudy::DatabaseError.
//
// Times are arguments, and are rounded to whole seconds, minutes or hours before they reach a
// statement: whoever asks the same within that time asks the same question. Questions are answered
// by the replicas with the tag "analytics" or by the result cache, never by the primary.
class Analytics {
 public:
  explicit Analytics(understudy::Cluster cluster);

  // Creates the tables; what was in them is gone.
  void create(TimePoint present);
  // Writes the events and adds them to the roll-ups in one transaction; false if the batch was
  // there already. After an error whose maybe_executed() is true, call it again to know.
  bool store(const Batch& batch);
  // Makes room for the next days, and removes events older than `keep`, by whole days, with the
  // roll-ups that nobody asks for any more.
  void retain(TimePoint present, std::chrono::days keep);

  // Of each second of the two minutes before `present`, and by its types.
  Answer<std::vector<TypeCount>> by_second(TimePoint present);
  // Who did something in the last five minutes and the one under way.
  Answer<std::uint64_t> active_users(TimePoint present);
  // Of the last hour.
  Answer<std::vector<Activity>> by_minute(TimePoint present);
  // Of the last hour, the most frequent first.
  Answer<std::vector<TypeCount>> frequent(TimePoint present);
  // Of the last 24 hours, the one under way among them. The hours before it do not change any more:
  // the cache knows them.
  Answer<std::vector<Activity>> by_hour(TimePoint present);
  Answer<std::vector<Event>> latest();
  Answer<Report> report(std::uint64_t user);
  // All there is, with all that this object has stored. Reads every event.
  Totals totals();

 private:
  void change_partitions(const std::string& change, std::uint16_t done_already);
  void add_days(std::int64_t newest, std::int64_t today);

  understudy::Cluster cluster_;
};

}  // namespace analytics

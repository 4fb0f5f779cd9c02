#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_function.h"
#include "replication/topology.h"

namespace understudy::control {

// Something that happened to the cluster: a name in snake_case and its details.
struct Event {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  std::uint64_t id = 0;  // 1, 2, … in their order; starts again with the process
  std::chrono::system_clock::time_point time;
  std::string name;
  Fields fields;
};

// One line: "server_down server=db2 reason=\"connection refused\"".
std::string to_text(const Event& event);

// The last events, oldest first. Control loop's thread only.
class EventLog {
 public:
  explicit EventLog(std::size_t capacity = 1000) : capacity_(capacity) {}

  void add(std::string name, Event::Fields fields,
           std::chrono::system_clock::time_point time = std::chrono::system_clock::now());
  [[nodiscard]] const std::deque<Event>& events() const { return events_; }
  // Called for each later event, for example to log it.
  void on_event(UniqueFunction<void(const Event&)> observer) { observer_ = std::move(observer); }

 private:
  std::size_t capacity_;
  std::uint64_t last_id_ = 0;
  std::deque<Event> events_;
  UniqueFunction<void(const Event&)> observer_;
};

// How other threads tell of events: whoever made it brings them to the log.
using EventReporter = std::function<void(std::string name, Event::Fields fields)>;

// Adds what changed between two snapshots: primary_found, primary_changed, primary_lost,
// server_up, server_down, server_lagging, server_drained, server_diverged, role_changed.
void add_changes(EventLog& log, const replication::Topology& before,
                 const replication::Topology& after);

}  // namespace understudy::control

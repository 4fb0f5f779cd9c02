#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace analytics {

using Json = nlohmann::json;
using Milliseconds = std::chrono::milliseconds;
using TimePoint = std::chrono::sys_time<Milliseconds>;

inline TimePoint now() {
  return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

// What somebody did.
struct Event {
  std::uint64_t user = 0;
  std::string type;             // "page_view"
  std::string metadata = "{}";  // a JSON object as text
  TimePoint time;
};

// Events that are written together, once. Writer and number name the batch for ever.
struct Batch {
  std::uint64_t writer = 0;
  std::uint64_t number = 0;
  std::vector<Event> events;
};

// What other programs post: {"user": 7, "type": "search", "metadata": {...}, "time": 1767225600123}
// where metadata may be left out, and time, the present then. Throws std::invalid_argument that
// says what is wrong with it.
Event event_from_json(const Json& from, TimePoint present);

// One event, or an array of them.
std::vector<Event> events_from_json(const Json& from, TimePoint present);

}  // namespace analytics

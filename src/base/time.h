#pragma once

#include <chrono>

namespace understudy {

using Duration = std::chrono::nanoseconds;

// A monotonic clock without now(): pure code gets the time as an argument, `net::Loop` reads it.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};

using Instant = MonotonicClock::time_point;

// Whole milliseconds, rounded down.
constexpr std::int64_t to_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace understudy

#include "load.h"

#include <atomic>
#include <cmath>
#include <csignal>
#include <iostream>
#include <thread>

#include "visitors.h"

namespace analytics {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Milliseconds kTick{2};

std::atomic<bool> over{false};

// The events that are due after so many seconds; the rate goes up and down a little.
double due(const Load& load, double seconds) {
  constexpr double kWaves = 0.12;
  constexpr double kPeriod = 9;
  return load.rate * (seconds + kWaves * kPeriod * (1 - std::cos(seconds / kPeriod)));
}

// Returns how many were tracked.
std::uint64_t track_all(Tracker& tracker, const Load& load) {
  Visitors visitors(load.users, static_cast<std::uint64_t>(now().time_since_epoch().count()));
  const auto began = Clock::now();
  std::uint64_t tracked = 0;
  for (;;) {
    const double seconds = Seconds(Clock::now() - began).count();
    if (seconds >= load.seconds || over) return tracked;
    // When the queue is full the load waits; another program would drop what it can do without.
    while (static_cast<double>(tracked) < due(load, seconds) && tracker.track(visitors.next(now())))
      ++tracked;
    std::this_thread::sleep_for(kTick);
  }
}

}  // namespace

bool load(Analytics& analytics, const Load& load, const TrackerOptions& options) {
  for (const int each : {SIGINT, SIGTERM})
    std::signal(each, [](int) { over = true; });
  const Totals before = analytics.totals();
  Tracker tracker([&analytics](const Batch& batch) { analytics.store(batch); }, options);
  const auto began = Clock::now();
  const std::uint64_t tracked = track_all(tracker, load);
  tracker.flush();
  const double seconds = Seconds(Clock::now() - began).count();
  const TrackerStatistics statistics = tracker.statistics();
  const Totals after = analytics.totals();
  const std::uint64_t events = after.events - before.events;
  const std::uint64_t counted = after.counted - before.counted;
  const bool exact = events == tracked && counted == tracked;
  const Json result = {{"tracked", tracked},
                       {"events_a_second", std::round(static_cast<double>(tracked) / seconds)},
                       {"batches", statistics.batches},
                       {"delay_p50_ms", statistics.delays.at(0.5).count()},
                       {"delay_p99_ms", statistics.delays.at(0.99).count()},
                       {"delay_max_ms", statistics.delays.at(1).count()},
                       {"refused", statistics.refused},
                       {"errors", statistics.retries},
                       {"in_table", events},
                       {"in_roll_up", counted},
                       {"exact", exact}};
  std::cout << result.dump() << "\n";
  return exact;
}

}  // namespace analytics

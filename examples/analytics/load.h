#pragma once

#include "analytics.h"
#include "tracker.h"

namespace analytics {

struct Load {
  int seconds = 10;
  double rate = 2000;  // events a second
  std::uint64_t users = 20000;
};

// Tracks so many events, unless SIGINT or SIGTERM ends it before, and prints one line of JSON about
// it. Returns whether the tables have exactly what was tracked; that is judged by what they had
// before, so nobody else may track meanwhile.
bool load(Analytics& analytics, const Load& load, const TrackerOptions& options);

// Fills the roll-ups as if the same had gone on for a day with its night, and writes some of the
// events themselves.
void seed(understudy::Cluster& cluster, Analytics& analytics, const Load& load);

}  // namespace analytics

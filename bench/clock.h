#pragma once

#include <chrono>

#include "base/time.h"

namespace understudy::bench {

inline Instant now() {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

inline Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace understudy::bench

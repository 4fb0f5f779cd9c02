#pragma once

#include <chrono>

#include "base/time.h"

namespace understudy::bench {

inline Instant now() {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace understudy::bench

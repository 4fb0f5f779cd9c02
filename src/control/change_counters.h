#pragma once

#include <atomic>
#include <cstdint>

namespace understudy::control {

// What the change feed has done; written on its loop, read anywhere.
struct ChangeCounters {
  std::atomic<std::uint64_t> subscribers{0};  // now
  std::atomic<std::uint64_t> catching_up{0};  // of these, not yet at the end of the log
  std::atomic<std::uint64_t> events{0};       // sent, counted for each subscriber
  std::atomic<std::uint64_t> dropped{0};      // subscribers that were too slow
  std::atomic<std::uint64_t> catch_ups{0};    // readings of the log from an earlier position
};

}  // namespace understudy::control

#pragma once

#include <cstddef>

#include "base/time.h"
#include "base/unique_function.h"
#include "net/loop.h"

namespace understudy::net {

// Calls a function once, later. Loop thread only. Starting and cancelling costs no system call as
// long as another timer of the loop is due earlier.
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();  // cancels
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Calls `on_expired` after `delay`, which forgets an earlier start. The function may start,
  // cancel or destroy this timer.
  void start(Duration delay, UniqueFunction<void()> on_expired);

  // Like start(), with the function of the last start(): no allocation.
  void restart(Duration delay);

  // After this the function is not called, even if its time has already come.
  void cancel();

  [[nodiscard]] bool active() const { return heap_index_ != kInactive; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t kInactive = static_cast<std::size_t>(-1);

  void expire();

  Loop& loop_;
  UniqueFunction<void()> on_expired_;
  Instant due_{};
  std::size_t heap_index_ = kInactive;
  bool* destroyed_ = nullptr;  // set while the function runs
};

}  // namespace understudy::net

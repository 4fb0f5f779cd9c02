#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "net/descriptor.h"
#include "net/poller.h"
#include "net/timer.h"

namespace understudy::net {

// The timers of one loop, a binary heap ordered by due time, behind a single timerfd that is set to
// the earliest of them. Most timers are deadlines that are cancelled long before they are due;
// cancelling leaves the timerfd as it is (it wakes up once for nothing), so that the usual start
// and cancel touch the heap only. Private to src/net.
class TimerQueue final : private Poller::Watch {
 public:
  explicit TimerQueue(Poller& poller);
  ~TimerQueue() override = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  void insert(Timer& timer);
  void remove(Timer& timer);
  [[nodiscard]] bool empty() const { return heap_.empty(); }

 private:
  void on_ready(std::uint32_t events) override;
  void arm();
  void place(std::size_t index, Timer* timer);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  Descriptor wakeup_;
  std::vector<Timer*> heap_;
  Instant armed_for_ = Instant::max();  // max: not armed
};

}  // namespace understudy::net

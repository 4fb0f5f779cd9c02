#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <vector>

#include "base/time.h"
#include "net/timer.h"
#include "net/unsent.h"

namespace understudy::net {

// The timers of one loop, a binary heap ordered by due time, behind a single Asio timer that is set
// to the earliest of them. Most timers are deadlines that are cancelled long before they are due;
// cancelling leaves the Asio timer as it is (it wakes up once for nothing), so that the usual start
// and cancel touch the heap only. Private to src/net.
class TimerQueue {
 public:
  TimerQueue(boost::asio::io_context& io, Unsent& unsent) : unsent_(unsent), wakeup_(io) {}
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  void insert(Timer& timer);
  void remove(Timer& timer);
  [[nodiscard]] bool empty() const { return heap_.empty(); }

 private:
  void arm();
  void run_due();
  void place(std::size_t index, Timer* timer);
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);

  Unsent& unsent_;
  boost::asio::steady_timer wakeup_;
  std::vector<Timer*> heap_;
  Instant armed_for_ = Instant::max();  // max: not armed
};

}  // namespace understudy::net

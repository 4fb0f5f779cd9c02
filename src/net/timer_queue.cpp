#include "net/timer_queue.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <chrono>

#include "base/assert.h"
#include "net/loop.h"

namespace understudy::net {

// Edge-triggered: it need not be read, and setting it anew forgets what it has told.
TimerQueue::TimerQueue(Poller& poller)
    : wakeup_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  const int error = poller.add(wakeup_.number(), *this, EPOLLIN | EPOLLET);
  ASSERT(error == 0);
}

void TimerQueue::insert(Timer& timer) {
  heap_.push_back(&timer);
  timer.heap_index_ = heap_.size() - 1;
  sift_up(timer.heap_index_);
  if (heap_.front()->due_ < armed_for_) arm();
}

void TimerQueue::remove(Timer& timer) {
  const std::size_t index = timer.heap_index_;
  ASSERT(index < heap_.size() && heap_[index] == &timer);
  Timer* const last = heap_.back();
  heap_.pop_back();
  timer.heap_index_ = Timer::kInactive;
  if (last == &timer) return;
  place(index, last);
  sift_up(index);
  sift_down(last->heap_index_);
}

void TimerQueue::arm() {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  armed_for_ = heap_.front()->due_;
  const Duration due =
      std::max<Duration>(armed_for_.time_since_epoch(), std::chrono::nanoseconds(1));
  itimerspec at{};  // all zero would mean never
  at.it_value.tv_sec = duration_cast<seconds>(due).count();
  at.it_value.tv_nsec = duration_cast<std::chrono::nanoseconds>(due % seconds(1)).count();
  const int result = ::timerfd_settime(wakeup_.number(), TFD_TIMER_ABSTIME, &at, nullptr);
  ASSERT(result == 0);
}

void TimerQueue::on_ready(std::uint32_t /*events*/) {
  armed_for_ = Instant::max();
  const Instant now = Loop::now();
  while (!heap_.empty() && heap_.front()->due_ <= now) {
    Timer& timer = *heap_.front();
    remove(timer);
    timer.expire();
  }
  if (!heap_.empty() && heap_.front()->due_ < armed_for_) arm();
}

void TimerQueue::place(std::size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->heap_index_ = index;
}

void TimerQueue::sift_up(std::size_t index) {
  Timer* const timer = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->due_ <= timer->due_) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void TimerQueue::sift_down(std::size_t index) {
  Timer* const timer = heap_[index];
  while (true) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->due_ < heap_[child]->due_) ++child;
    if (timer->due_ <= heap_[child]->due_) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

}  // namespace understudy::net

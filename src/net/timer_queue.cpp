#include "net/timer_queue.h"

#include <chrono>

#include "base/assert.h"
#include "net/loop.h"

namespace understudy::net {

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
  armed_for_ = heap_.front()->due_;
  wakeup_.expires_at(std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          armed_for_.time_since_epoch())));
  wakeup_.async_wait([this](const boost::system::error_code& error) {
    if (!error) run_due();  // else: armed anew, for an earlier time
  });
}

void TimerQueue::run_due() {
  armed_for_ = Instant::max();
  const Instant now = Loop::now();
  while (!heap_.empty() && heap_.front()->due_ <= now) {
    Timer& timer = *heap_.front();
    remove(timer);
    const Unsent::Turn turn(unsent_);
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

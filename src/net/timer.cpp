#include "net/timer.h"

#include <utility>

#include "net/loop_core.h"

namespace understudy::net {

Timer::Timer(Loop& loop) : loop_(loop) {}

Timer::~Timer() {
  cancel();
  if (destroyed_ != nullptr) *destroyed_ = true;
}

void Timer::start(Duration delay, UniqueFunction<void()> on_expired) {
  on_expired_ = std::move(on_expired);
  restart(delay);
}

void Timer::restart(Duration delay) {
  ASSERT(loop_.in_loop_thread());
  cancel();
  due_ = Loop::now() + delay;
  loop_.core().timers.insert(*this);
}

void Timer::cancel() {
  if (active()) loop_.core().timers.remove(*this);
}

void Timer::expire() {
  // The function may replace itself or destroy this timer, so it lives here while it runs.
  UniqueFunction<void()> function = std::move(on_expired_);
  on_expired_ = nullptr;
  bool destroyed = false;
  destroyed_ = &destroyed;
  if (function) function();
  if (destroyed) return;
  destroyed_ = nullptr;
  if (!on_expired_) on_expired_ = std::move(function);
}

}  // namespace understudy::net

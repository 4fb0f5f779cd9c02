#pragma once

#include <memory>

#include "base/time.h"
#include "base/unique_function.h"

namespace understudy::net {

// An event loop that one thread runs. Everything that belongs to a loop (timers, streams,
// listeners, connects) is created, used and destroyed on its thread, or on any one thread while
// nobody runs it (before run(), after run() has returned). Only post(), stop() and now() may be
// called from elsewhere.
//
// A loop outlives everything that was created on it. Its destructor destroys posted functions that
// have not run.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(). May be called again afterwards.
  void run();

  // Makes run() return soon, or the next run() at once. Any thread.
  void stop();

  // Waits for events at most `timeout`, handles what is there, returns true if anything was.
  // For tests and for orderly shutdown; not while another thread is in run().
  bool run_for_a_while(Duration timeout);

  // Runs `function` on the loop's thread, never inside this call, in the order of posting. Any
  // thread.
  void post(UniqueFunction<void()> function);

  // The time of a monotonic clock, the same one in all loops. Any thread.
  [[nodiscard]] static Instant now();

  // True on the thread that runs the loop, and everywhere while nobody does.
  [[nodiscard]] bool in_loop_thread() const;

  // What the other parts of this folder need; see loop_core.h.
  class Core;
  [[nodiscard]] Core& core() { return *core_; }

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace understudy::net

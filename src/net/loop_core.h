#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "base/unique_function.h"
#include "net/descriptor.h"
#include "net/loop.h"
#include "net/poller.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/timer_queue.h"
#include "net/unsent.h"

namespace understudy::net {

inline constexpr std::size_t kScratchBytes = 64 * 1024;

// What is behind a Loop: it waits for the poller's set, and nothing else. Private to src/net.
class Loop::Core final : private Poller::Watch {
 public:
  explicit Core(Loop& loop);
  ~Core() override = default;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void run();
  void stop();
  bool run_for_a_while(Duration timeout);
  // Destroys posted functions and what the loop keeps while all that they may use still lives.
  void shut_down();
  void post(UniqueFunction<void()> function);
  void keep_until_closed(std::unique_ptr<Stream> stream, Duration limit);
  // Keeps what waits for an event that comes for certain, until it is let go.
  void keep(std::shared_ptr<void> object) { kept_.push_back(std::move(object)); }
  void let_go(const void* object);

  std::atomic<std::thread::id> runner{};
  Unsent unsent;
  Poller poller;
  TimerQueue timers{poller};
  Resolver resolver;
  // Every stream of the loop reads into this buffer; the bytes are used up before the next read.
  std::unique_ptr<std::array<std::uint8_t, kScratchBytes>> scratch =
      std::make_unique<std::array<std::uint8_t, kScratchBytes>>();

 private:
  struct Closing {
    std::unique_ptr<Stream> stream;
    Instant limit;
  };

  void on_ready(std::uint32_t events) override;  // of wakeup_
  bool step(int timeout_ms);
  void wake();
  void run_posted();
  void sweep_closing();

  Descriptor wakeup_;  // an eventfd, told to when another thread has posted
  std::atomic<bool> stopped_{false};

  std::mutex posted_mutex_;
  std::vector<UniqueFunction<void()>> posted_;  // guarded by posted_mutex_

  // Loop thread only.
  bool posted_here_ = false;  // by this thread, which need not be woken
  std::vector<UniqueFunction<void()>> running_;
  std::list<Closing> closing_;
  std::unique_ptr<Timer> closing_timer_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace understudy::net

#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/time.h"
#include "base/unique_function.h"
#include "net/loop.h"
#include "net/poller.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/timer_queue.h"
#include "net/unsent.h"

namespace understudy::net {

inline constexpr std::size_t kScratchBytes = 64 * 1024;

// What is behind a Loop. Private to src/net.
class Loop::Core {
 public:
  explicit Core(Loop& loop);
  ~Core() = default;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // Destroys posted functions and closing streams while everything that they may use still lives.
  void shut_down();
  void post(UniqueFunction<void()> function);
  void keep_until_closed(std::unique_ptr<Stream> stream, Duration limit);

  // UNSAFE_IO: posting is locked, sockets and timers are not, since one thread uses them.
  boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::atomic<std::thread::id> runner{};
  Unsent unsent;
  TimerQueue timers{io, unsent};
  Poller poller{io};
  // Every stream of the loop reads into this buffer; the bytes are used up before the next read.
  std::unique_ptr<std::array<std::uint8_t, kScratchBytes>> scratch =
      std::make_unique<std::array<std::uint8_t, kScratchBytes>>();

 private:
  struct Closing {
    std::unique_ptr<Stream> stream;
    Instant limit;
  };

  void run_posted();
  void sweep_closing();

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;

  std::mutex posted_mutex_;
  std::vector<UniqueFunction<void()>> posted_;  // guarded by posted_mutex_

  // Loop thread only.
  std::vector<UniqueFunction<void()>> running_;
  std::list<Closing> closing_;
  std::unique_ptr<Timer> closing_timer_;
};

}  // namespace understudy::net

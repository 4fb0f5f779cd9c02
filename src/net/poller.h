#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstddef>
#include <cstdint>

namespace understudy::net {

// The descriptors of one loop's streams, in an epoll set of our own. Each is registered once and
// level-triggered, so that reading again costs no system call; Asio watches only the set itself,
// and arms that watch anew once for a whole batch of events. Private to src/net.
class Poller {
 public:
  class Watch {
   public:
    virtual ~Watch() = default;
    // EPOLLIN and so on. Errors and hang-ups come whether they were asked for or not.
    virtual void on_ready(std::uint32_t events) = 0;
  };

  explicit Poller(boost::asio::io_context& io);
  ~Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Calls `watch` from the loop as long as one of `events` holds. Returns an errno, 0 if it went
  // well. The descriptor stays the caller's.
  int add(int descriptor, Watch& watch, std::uint32_t events);

  // What is waited for from now on. With 0 an error or a hang-up is told once more at most.
  void change(int descriptor, Watch& watch, std::uint32_t events);

  // After this `watch` is not called, though its events may have been fetched already. Before the
  // descriptor is closed: a child process that has not yet begun its own program may share it.
  void remove(int descriptor, Watch& watch);

 private:
  static constexpr std::size_t kEventsPerBatch = 64;  // then other events of the loop get a turn

  void wait();
  void run_batch();

  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> set_;
  // The batch that runs: [next_, count_) have not been called yet. Null: removed meanwhile.
  std::array<epoll_event, kEventsPerBatch> batch_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace understudy::net

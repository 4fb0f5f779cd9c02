#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "net/descriptor.h"

namespace understudy::net {

// The descriptors of one loop, in the epoll set that it waits for. Each is registered once, and
// level-triggered unless it asks for more, so that reading again costs no system call. Private to
// src/net.
class Poller {
 public:
  class Watch {
   public:
    virtual ~Watch() = default;
    // EPOLLIN and so on. Errors and hang-ups come whether they were asked for or not.
    virtual void on_ready(std::uint32_t events) = 0;
  };

  Poller();
  ~Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Calls `watch` from run() as long as one of `events` holds. Returns an errno, 0 if it went well.
  // The descriptor stays the caller's.
  int add(int descriptor, Watch& watch, std::uint32_t events);

  // What is waited for from now on. With 0 an error or a hang-up is told once more at most.
  void change(int descriptor, Watch& watch, std::uint32_t events);

  // After this `watch` is not called, though its events may have been fetched already. Before the
  // descriptor is closed: a child process that has not yet begun its own program may share it.
  void remove(int descriptor, Watch& watch);

  // Waits for a batch of events at most so long, -1 for ever, and calls their watches. Returns how
  // many there were; a signal ends it early.
  std::size_t run(int timeout_ms);

 private:
  static constexpr std::size_t kEventsPerBatch = 64;

  Descriptor set_;
  // The batch that runs: [next_, count_) have not been called yet. Null: removed meanwhile.
  std::array<epoll_event, kEventsPerBatch> batch_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace understudy::net

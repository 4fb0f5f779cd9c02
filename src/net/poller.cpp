#include "net/poller.h"

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace understudy::net {
namespace {

epoll_event entry_of(Poller::Watch& watch, std::uint32_t events) {
  epoll_event entry{};
  // The kernel adds errors and hang-ups to every mask; "once" is the only way to silence them.
  entry.events = events != 0 ? events : static_cast<std::uint32_t>(EPOLLONESHOT);
  entry.data.ptr = &watch;
  return entry;
}

}  // namespace

Poller::Poller() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
  ASSERT(set_.open());
}

int Poller::add(int descriptor, Watch& watch, std::uint32_t events) {
  epoll_event entry = entry_of(watch, events);
  return ::epoll_ctl(set_.number(), EPOLL_CTL_ADD, descriptor, &entry) == 0 ? 0 : errno;
}

void Poller::change(int descriptor, Watch& watch, std::uint32_t events) {
  epoll_event entry = entry_of(watch, events);
  const int result = ::epoll_ctl(set_.number(), EPOLL_CTL_MOD, descriptor, &entry);
  ASSERT(result == 0);  // it allocates nothing: it fails for descriptors that are not in the set
}

void Poller::remove(int descriptor, Watch& watch) {
  ::epoll_ctl(set_.number(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (std::size_t i = next_; i < count_; ++i)
    if (batch_[i].data.ptr == &watch) batch_[i].data.ptr = nullptr;
}

std::size_t Poller::run(int timeout_ms) {
  const int found =
      ::epoll_wait(set_.number(), batch_.data(), static_cast<int>(batch_.size()), timeout_ms);
  count_ = static_cast<std::size_t>(std::max(found, 0));
  const std::size_t told = count_;
  for (next_ = 0; next_ < count_;) {
    const epoll_event& event = batch_[next_++];
    if (event.data.ptr != nullptr) static_cast<Watch*>(event.data.ptr)->on_ready(event.events);
  }
  next_ = count_ = 0;
  return told;
}

}  // namespace understudy::net

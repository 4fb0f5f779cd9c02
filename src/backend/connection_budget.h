#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/prepared_cache.h"
#include "base/unique_function.h"
#include "net/loop.h"

namespace understudy::backend {

// How many connections all workers together may have to one server (pool.max_per_server). Taken on
// connect and given back on close, never per statement. Thread-safe: the lock is off the path of a
// query.
class ConnectionBudget : public std::enable_shared_from_this<ConnectionBudget> {
 public:
  explicit ConnectionBudget(std::size_t limit) : limit_(limit) {}

  // Takes a place if there is one.
  [[nodiscard]] bool try_take();
  // Gives one back, to the member that has waited longest if one does. Must be owned by a
  // shared_ptr.
  void give_back();

  // A worker registers once: `wanted` is posted to its loop when another worker lacks a place
  // (close a connection as soon as it is that one's turn), `granted` when it has got one: it then
  // has a place more, to use or to give back.
  struct Member {
    net::Loop* loop = nullptr;
    UniqueFunction<void()> wanted;
    UniqueFunction<void()> granted;
    bool left = false;  // loop thread only: nothing is called after leave()
  };
  using MemberId = std::size_t;
  MemberId join(Member member);
  void leave(MemberId id);
  // Asks the others for a place; `granted` follows once somebody gives one back, or at once if
  // there is one by now.
  void want(MemberId id);
  // Takes that back.
  void stop_wanting(MemberId id);
  [[nodiscard]] bool others_want(MemberId id) const;

  [[nodiscard]] std::size_t limit() const { return limit_; }
  // Of the statements that are prepared on these connections.
  [[nodiscard]] const std::shared_ptr<PreparedCount>& prepared() const { return prepared_; }
  [[nodiscard]] std::size_t used() const;

 private:
  void grant_next();  // mutex_ is held

  mutable std::mutex mutex_;
  const std::size_t limit_;
  const std::shared_ptr<PreparedCount> prepared_ = std::make_shared<PreparedCount>();
  std::size_t used_ = 0;                          // guarded by mutex_
  std::vector<std::shared_ptr<Member>> members_;  // guarded by mutex_; null after leave()
  std::deque<MemberId> waiting_;                  // guarded by mutex_
};

}  // namespace understudy::backend

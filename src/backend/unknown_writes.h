#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/lost_write.h"
#include "base/time.h"
#include "net/loop.h"

namespace understudy::backend {

// The lost writes of all workers. They are judged together, since what one of them did may look
// like the work of another: when every worker goes by the new epoch, no further write of the old
// one can come. Any thread may use it.
class UnknownWrites final {
 public:
  static constexpr std::size_t kWritesMax = 10'000;

  struct Entry {
    std::uint64_t id = 0;
    std::size_t worker = 0;
    Instant lost_at{};
    bool wanted = true;  // somebody waits for the outcome
    std::shared_ptr<const LostWrite> write;
  };
  using OnOutcome = std::function<void(std::uint64_t id, const replication::WriteOutcome&)>;

  // A worker takes part from here to leave(); `on_outcome` is called on its loop's thread. Returns
  // its number.
  std::size_t join(net::Loop& loop, OnOutcome on_outcome);
  void leave(std::size_t worker);

  // A worker's session waits for the outcome of this write. Returns its id; 0 if there are too
  // many.
  std::uint64_t add(std::size_t worker, LostWrite write);
  // Nobody waits for it any more. It still explains what is found in the log.
  void abandon(std::uint64_t id);

  // The worker has ended all that was under way at the primary before `epoch`. To the last of them
  // all writes of earlier epochs are handed over, which it has to settle; the others get none.
  std::vector<Entry> reached(std::size_t worker, std::uint64_t epoch);
  void settle(const Entry& entry, const replication::WriteOutcome& outcome);

 private:
  struct Worker {
    net::Loop* loop = nullptr;  // null: has left
    std::shared_ptr<const OnOutcome> on_outcome;
    std::uint64_t epoch = 0;
  };

  std::mutex mutex_;
  std::vector<Worker> workers_;  // protected by mutex_, as the rest
  std::vector<Entry> entries_;
  std::uint64_t last_id_ = 0;
};

}  // namespace understudy::backend

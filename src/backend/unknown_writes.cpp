#include "backend/unknown_writes.h"

#include <algorithm>

namespace understudy::backend {
namespace {

// What a client was told to be unknown so long ago lies before whatever is judged now: a server
// lets a statement wait for a lock this long (innodb_lock_wait_timeout), and runs it even though
// its connection is gone.
constexpr Duration kAbandonedMax = std::chrono::seconds(60);

}  // namespace

std::size_t UnknownWrites::join(net::Loop& loop, OnOutcome on_outcome) {
  const std::lock_guard lock(mutex_);
  workers_.push_back({&loop, std::make_shared<const OnOutcome>(std::move(on_outcome)), 0});
  return workers_.size() - 1;
}

void UnknownWrites::leave(std::size_t worker) {
  const std::lock_guard lock(mutex_);
  workers_[worker].loop = nullptr;
}

std::uint64_t UnknownWrites::add(std::size_t worker, LostWrite write) {
  const Instant now = net::Loop::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) {
    return !entry.wanted && now - entry.lost_at > kAbandonedMax;
  });
  // One that comes after the others were handed over would be judged by itself.
  if (entries_.size() >= kWritesMax || write.sent_after->epoch < workers_[worker].epoch) return 0;
  entries_.push_back(
      {++last_id_, worker, now, true, std::make_shared<const LostWrite>(std::move(write))});
  return last_id_;
}

void UnknownWrites::abandon(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find(entries_, id, &Entry::id);
  if (entry != entries_.end()) entry->wanted = false;
}

std::vector<UnknownWrites::Entry> UnknownWrites::reached(std::size_t worker, std::uint64_t epoch) {
  const Instant now = net::Loop::now();
  const std::lock_guard lock(mutex_);
  if (workers_[worker].epoch == epoch) return {};
  workers_[worker].epoch = epoch;
  const bool all = std::ranges::all_of(
      workers_, [&](const Worker& other) { return other.loop == nullptr || other.epoch >= epoch; });
  std::vector<Entry> batch;
  if (!all) return batch;
  std::vector<Entry> later;
  for (Entry& entry : entries_) {
    if (!entry.wanted && now - entry.lost_at > kAbandonedMax) continue;
    (entry.write->sent_after->epoch < epoch ? batch : later).push_back(std::move(entry));
  }
  entries_ = std::move(later);
  return batch;
}

void UnknownWrites::settle(const Entry& entry, const replication::WriteOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  const Worker& worker = workers_[entry.worker];
  if (worker.loop == nullptr || !entry.wanted) return;
  worker.loop->post(
      [on_outcome = worker.on_outcome, id = entry.id, outcome] { (*on_outcome)(id, outcome); });
}

}  // namespace understudy::backend

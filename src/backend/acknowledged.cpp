#include "backend/acknowledged.h"

namespace understudy::backend {

void Acknowledged::note(const replication::Position& position, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  for (replication::TransactionId& id : position.transactions()) {
    if (recent_.size() < kRecentMax) {
      recent_.push_back(std::move(id));
      continue;
    }
    forgotten_.add(recent_[oldest_]);
    forgotten_ = forgotten_.latest();
    recent_[oldest_] = std::move(id);
    oldest_ = (oldest_ + 1) % kRecentMax;
  }
  if (epoch < epoch_) return;
  if (epoch > epoch_) position_ = {};
  epoch_ = epoch;
  position_.merge(position);
  if (position_.flavour() == replication::Flavour::MySql) position_ = position_.latest();
}

replication::Position Acknowledged::in_epoch(std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  return epoch == epoch_ ? position_ : replication::Position();
}

std::optional<std::vector<replication::TransactionId>> Acknowledged::after(
    const replication::Position& position) const {
  const std::lock_guard lock(mutex_);
  if (!position.covers(forgotten_)) return std::nullopt;
  std::vector<replication::TransactionId> found;
  for (const replication::TransactionId& id : recent_)
    if (!position.covers(id)) found.push_back(id);
  return found;
}

}  // namespace understudy::backend

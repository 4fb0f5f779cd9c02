#include "backend/acknowledged.h"

namespace understudy::backend {

void Acknowledged::note(const replication::Position& position, std::uint64_t epoch) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < position.domain_count(); ++i) {
    if (recent_.size() < kRecentMax) {
      recent_.push_back(position.at(i));
      continue;
    }
    forgotten_.add(recent_[oldest_]);
    recent_[oldest_] = position.at(i);
    oldest_ = (oldest_ + 1) % kRecentMax;
  }
  if (epoch < epoch_) return;
  if (epoch > epoch_) position_ = {};
  epoch_ = epoch;
  position_.merge(position);
}

replication::Position Acknowledged::in_epoch(std::uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  return epoch == epoch_ ? position_ : replication::Position();
}

std::optional<std::vector<replication::Gtid>> Acknowledged::after(
    const replication::Position& position) const {
  const std::lock_guard lock(mutex_);
  if (!position.covers(forgotten_)) return std::nullopt;
  std::vector<replication::Gtid> found;
  for (const replication::Gtid& gtid : recent_) {
    replication::Position one;
    one.add(gtid);
    if (!position.covers(one)) found.push_back(gtid);
  }
  return found;
}

}  // namespace understudy::backend

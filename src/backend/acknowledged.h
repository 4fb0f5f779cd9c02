#pragma once

#include <cstdint>
#include <mutex>

#include "replication/position.h"

namespace understudy::backend {

// What clients were told is committed, in the newest epoch: a new primary must have it. Shared by
// all workers; any thread may use it.
class Acknowledged {
 public:
  void note(const replication::Position& position, std::uint64_t epoch) {
    const std::lock_guard lock(mutex_);
    if (epoch < epoch_) return;
    if (epoch > epoch_) position_ = {};
    epoch_ = epoch;
    position_.merge(position);
  }
  // Empty if nothing was acknowledged in this epoch.
  [[nodiscard]] replication::Position in_epoch(std::uint64_t epoch) const {
    const std::lock_guard lock(mutex_);
    return epoch == epoch_ ? position_ : replication::Position();
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t epoch_ = 0;  // protected by mutex_, as the rest
  replication::Position position_;
};

}  // namespace understudy::backend

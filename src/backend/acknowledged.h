#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "replication/position.h"

namespace understudy::backend {

// What clients were told is committed: a new primary must have it, and it is no write of unknown
// outcome. Shared by all workers; any thread may use it.
class Acknowledged {
 public:
  // That many of the last transactions are known one by one.
  static constexpr std::size_t kRecentMax = 65'536;

  // What Position::transactions() says was acknowledged.
  void note(const replication::Position& position, std::uint64_t epoch);

  // Empty if nothing was acknowledged in this epoch. MySQL: of each server and tag the last
  // transaction only; who has it has those before it in the same log.
  [[nodiscard]] replication::Position in_epoch(std::uint64_t epoch) const;

  // At least all transactions that were acknowledged and are not in `position`; nothing if there
  // were too many to remember them all.
  [[nodiscard]] std::optional<std::vector<replication::TransactionId>> after(
      const replication::Position& position) const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t epoch_ = 0;  // protected by mutex_, as the rest
  replication::Position position_;
  std::vector<replication::TransactionId> recent_;  // a ring
  std::size_t oldest_ = 0;                          // once it is full: which is replaced next
  replication::Position forgotten_;
};

}  // namespace understudy::backend

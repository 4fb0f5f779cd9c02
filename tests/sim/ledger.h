#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sim/cluster.h"

namespace understudy::sim {

// What clients were told is committed, and what of it may be missing in the end.
class Ledger {
 public:
  Ledger(World& world, const Cluster& cluster) : world_(world), cluster_(cluster) {}

  // A client hears that its write is committed. `life`: of the manager it goes through.
  void acknowledged(const Transaction& transaction, Outcome outcome, Node server, std::size_t life,
                    std::uint64_t epoch);
  // An operator has accepted that what was acknowledged so far may be lost.
  void loss_accepted() { accepted_ = entries_.size(); }
  // The manager forgets; it is in its life `life` now.
  void manager_started(std::size_t life) { life_ = life; }
  // Compares with the log of the primary that is left in the end.
  void check(const Server& primary);

  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  // Acknowledged writes that a server does not have.
  [[nodiscard]] std::size_t missing(const Server& server) const;

 private:
  struct Entry {
    Transaction transaction;
    Outcome outcome;
    std::size_t life;
  };
  [[nodiscard]] bool excused(std::size_t index) const;

  World& world_;
  const Cluster& cluster_;
  std::vector<Entry> entries_;
  std::size_t accepted_ = 0;
  std::size_t life_ = 0;
  std::map<std::pair<std::size_t, std::uint64_t>, Node> leaders_;  // by life and epoch
};

}  // namespace understudy::sim

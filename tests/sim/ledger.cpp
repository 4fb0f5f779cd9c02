#include "sim/ledger.h"

#include <algorithm>

namespace understudy::sim {
namespace {

std::vector<bool> ids_of(const Server& server) {
  std::vector<bool> ids;
  for (const Transaction& each : server.log) {
    if (each.id >= ids.size()) ids.resize(each.id + 1);
    ids[each.id] = true;
  }
  return ids;
}

}  // namespace

void Ledger::acknowledged(const Transaction& transaction, Outcome outcome, Node server,
                          std::size_t life, std::uint64_t epoch) {
  entries_.push_back({transaction, outcome, life});
  const auto [leader, first] = leaders_.try_emplace({life, epoch}, server);
  if (leader->second != server) {
    world_.violated(fmt::format("s{} and s{} both acknowledge writes in epoch {}", leader->second,
                                server, epoch));
  }
}

// An unprotected write is known to its manager alone; a protected one is somewhere in a replica,
// unless that crashed.
bool Ledger::excused(std::size_t index) const {
  const Entry& entry = entries_[index];
  if (index < accepted_ || entry.outcome == Outcome::Async) return true;
  if (entry.life == life_) return false;
  return entry.outcome == Outcome::Unprotected || cluster_.lost_in_crash(entry.transaction.id);
}

void Ledger::check(const Server& primary) {
  const std::vector<bool> ids = ids_of(primary);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Transaction& transaction = entries_[i].transaction;
    if (transaction.id < ids.size() && ids[transaction.id]) continue;
    if (excused(i)) continue;
    world_.violated(fmt::format("the acknowledged write {} ({}-{}{}) is lost", transaction.id,
                                transaction.server, transaction.sequence,
                                entries_[i].outcome == Outcome::Protected ? ", protected" : ""));
    return;
  }
}

std::size_t Ledger::missing(const Server& server) const {
  const std::vector<bool> ids = ids_of(server);
  return static_cast<std::size_t>(std::ranges::count_if(entries_, [&](const Entry& entry) {
    return entry.transaction.id >= ids.size() || !ids[entry.transaction.id];
  }));
}

}  // namespace understudy::sim

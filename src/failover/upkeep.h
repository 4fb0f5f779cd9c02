#pragma once

#include <map>

#include "failover/operation.h"

namespace understudy::failover {

// Keeps the servers beside a healthy primary in order: what takes writes is closed, what came back
// or follows a dead source is told to follow the primary, semi-sync is on where it belongs. What
// has transactions of its own is never made to follow: it is reported, and has to be rebuilt, as
// has a replica that asks for what the primary's binary log does not hold. Where failover is not
// automatic only servers that an operator wants back are touched.
class Upkeep {
 public:
  // Gives at most one order to each server at a time. Returns the servers that need a rebuild.
  std::vector<ServerId> step(Desk& desk);
  // The primary answers but is read-only: opens it.
  void open_primary(Desk& desk);
  void finished(OrderId id, const OrderResult& result, Instant now);
  // An operator wants this server back: it may follow even if that is not done automatically, and
  // what it has of its own is reported again.
  void rejoin(ServerId server);
  // What was noticed of an earlier primary is forgotten.
  void reset();

 private:
  struct Care {
    std::optional<OrderId> order;
    Instant not_before{};
    Duration backoff{};
    Instant seen_at{};        // of the observation that the last order was given for
    bool wanted = false;      // back, by an operator
    std::string last_report;  // extra transactions that were reported
    std::string last_error;   // of replication, that was reported
  };

  [[nodiscard]] std::vector<Action> needed(const Desk& desk, const Member& member);
  [[nodiscard]] static std::optional<std::string> extra(const Desk& desk, const Member& member);

  [[nodiscard]] static bool report_extra(Desk& desk, const Member& member, Care& care);
  [[nodiscard]] static bool report_broken(Desk& desk, const Member& member, Care& care);

  std::map<ServerId, Care> care_;
  std::optional<Instant> read_only_since_;
};

}  // namespace understudy::failover

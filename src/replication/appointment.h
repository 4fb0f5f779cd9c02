#pragma once

#include <optional>
#include <vector>

#include "replication/topology.h"

namespace understudy::replication {

// Which server we made the primary, or found as such, and which others somebody else can have made
// it since: those that were seen closed after that and have answered ever since. One that merely
// comes back writable is a primary of the past. A pure machine of one thread.
class Appointment {
 public:
  explicit Appointment(std::size_t servers) : seen_closed_(servers) {}

  void appoint(ServerId server);
  // The servers themselves show that it leads: what was seen of the others before still counts.
  void found(ServerId server);
  // `closed`: it is read-only, or replicates from another.
  void answered(ServerId server, bool closed);
  void down(ServerId server) { seen_closed_[server.value()] = false; }

  [[nodiscard]] std::optional<ServerId> server() const { return server_; }
  // It was appointed, not found.
  [[nodiscard]] bool by_us() const { return by_us_; }
  // Whether a server that takes writes can have been opened on purpose; true for all as long as
  // none was appointed.
  [[nodiscard]] bool may_lead(ServerId server) const {
    return !server_ || server == *server_ || seen_closed_[server.value()];
  }

 private:
  std::optional<ServerId> server_;
  bool by_us_ = false;
  std::vector<bool> seen_closed_;
};

}  // namespace understudy::replication

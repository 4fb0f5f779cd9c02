#pragma once

#include <optional>
#include <vector>

#include "base/unique_function.h"
#include "replication/server_observation.h"
#include "sim/world.h"

namespace understudy::sim {

// A committed write. The id is unique in a run; what servers see is the GTID of domain 0.
struct Transaction {
  std::uint32_t id = 0;
  std::uint32_t server = 0;
  std::uint64_t sequence = 0;

  [[nodiscard]] bool same_gtid(const Transaction& other) const {
    return server == other.server && sequence == other.sequence;
  }
};

// What a client hears of its write.
enum class Outcome : std::uint8_t {
  Protected,    // committed, and a replica has it
  Unprotected,  // committed; the server has given up waiting for replicas
  Async,        // committed; semi-sync is off
  Refused,      // read-only
  Unknown,      // the connection is gone
};
using Reply = UniqueFunction<void(Outcome, const Transaction&)>;

enum class Receiving : std::uint8_t { Stopped, Connecting, Connected };

// A MariaDB server, as far as failover sees it. Its behaviour is in Cluster.
struct Server {
  struct Waiter {
    std::size_t index;  // of the log, after the transaction
    Transaction transaction;
    Reply reply;
  };

  Node number = 0;
  bool up = true;
  bool frozen = false;
  std::uint32_t boot = 0;
  bool boots_writable = false;
  bool boots_with_semi_sync_source = false;

  bool read_only = true;
  bool semi_sync_source = false;
  bool semi_sync_replica = false;
  bool degraded = false;
  std::vector<Waiter> waiters;                  // commits that wait for a replica
  std::vector<UniqueFunction<void()>> stalled;  // what happens when it is thawed

  // Survives a crash.
  std::vector<Transaction> log;
  replication::BinlogState log_state;
  Transaction applied;  // gtid_slave_pos
  std::optional<Node> source;

  // Replication.
  Receiving receiving = Receiving::Stopped;
  std::uint32_t receive_error = 0;
  bool applying = false;
  std::uint32_t apply_error = 0;
  bool busy_applying = false;
  Duration apply_delay{};
  std::vector<Transaction> relay_log;
  std::uint32_t session = 0;  // of the connection to the source; grows when it ends
  std::uint32_t source_boot = 0;
  bool transfer_under_way = false;
  bool acknowledges = false;
  std::size_t received_index = 0;      // in the source's log
  std::size_t acknowledged_index = 0;  // in the source's log, as the source knows
  std::uint64_t heartbeats = 0;

  [[nodiscard]] bool responds() const { return up && !frozen; }
  [[nodiscard]] const Transaction& received() const {
    return relay_log.empty() ? applied : relay_log.back();
  }
  void append(const Transaction& transaction);
};

}  // namespace understudy::sim

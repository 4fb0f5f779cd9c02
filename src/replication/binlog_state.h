#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/position.h"

namespace understudy::replication {

// What a server's binary log has held since it began. Unlike positions of MariaDB, two of these can
// be compared exactly. A value of either flavour, sorted; the empty one is of both.
//
// MariaDB: the newest GTID of each (domain, server) pair (gtid_binlog_state): within a pair
// sequence numbers are given out once, by that server alone. MySQL: gtid_executed, which with
// log_replica_updates is all in the log.
class BinlogState {
 public:
  static constexpr std::size_t kMaxEntries = 4096;

  BinlogState() = default;
  explicit BinlogState(MySqlGtidSet set) : mysql_(std::move(set)) {}

  // Reads "0-1-100,0-2-105" or what Position::parse() takes of MySQL; spaces and line breaks are
  // ignored. Errors: Invalid, Exhausted.
  static Result<BinlogState> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return entries_.empty() && mysql_.empty(); }
  // MariaDB; else empty.
  [[nodiscard]] const std::vector<Gtid>& entries() const { return entries_; }
  // Whether the transaction is in the log. MariaDB: or later ones of its server and domain.
  [[nodiscard]] bool has(const TransactionId& id) const;
  // Adds a transaction; entries only grow.
  void add(const Gtid& gtid);

  // What this log has that `other` has not; of MariaDB the newest of each pair.
  [[nodiscard]] BinlogState beyond(const BinlogState& other) const;
  // What of it began at that server.
  [[nodiscard]] BinlogState of_server(const ServerIdentity& server) const;
  // Up to where both logs are the same, for reading this one from there on. MariaDB: of each domain
  // the newest transaction that both have, of the servers of which this has more. MySQL: what both
  // have.
  [[nodiscard]] Position parting_from(const BinlogState& other) const;

  friend bool operator==(const BinlogState&, const BinlogState&) = default;
  friend std::string to_string(const BinlogState& state);

 private:
  std::vector<Gtid> entries_;  // by domain, then server
  MySqlGtidSet mysql_;         // if not empty, there are no entries
};

// "0-1-100,0-2-105", or as MySQL writes a set.
std::string to_string(const BinlogState& state);

}  // namespace understudy::replication

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/position.h"

namespace understudy::replication {

// What a server's binary log has held since it began: the newest GTID of each (domain, server) pair
// (gtid_binlog_state). Unlike positions, two of these can be compared exactly: within a pair
// sequence numbers are given out once, by that server alone. A value, sorted.
class BinlogState {
 public:
  static constexpr std::size_t kMaxEntries = 4096;

  // Reads "0-1-100,0-2-105"; spaces and line breaks are ignored. Errors: Invalid, Exhausted.
  static Result<BinlogState> parse(std::string_view text);

  [[nodiscard]] const std::vector<Gtid>& entries() const { return entries_; }
  // Adds a transaction; entries only grow.
  void add(const Gtid& gtid);

  // The newest of each pair of which `other` has less: what this log has that `other` has not.
  [[nodiscard]] std::vector<Gtid> beyond(const BinlogState& other) const;

  friend bool operator==(const BinlogState&, const BinlogState&) = default;

 private:
  std::vector<Gtid> entries_;  // by domain, then server
};

// "0-1-100,0-2-105"
std::string to_string(const std::vector<Gtid>& gtids);

}  // namespace understudy::replication

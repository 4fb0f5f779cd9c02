#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/mysql_gtid.h"

namespace understudy::replication {

// A set of MySQL's transactions, as ranges of numbers of each server and tag. A value; `Position`
// and `BinlogState` are made of it. Nothing is implied by a higher number: a set has exactly what
// it says.
// Source: MySQL manual, "GTID Format and Storage".
class MySqlGtidSet {
 public:
  // Of one set; each takes about 64 bytes.
  static constexpr std::size_t kMaxRanges = 65'536;
  // The server's own limit.
  static constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 63) - 2;

  MySqlGtidSet() = default;

  // Reads what servers write and SET GTID_PURGED takes: "uuid:1-5:7:tag:1,uuid:9"; the order is
  // free, line breaks and spaces around the parts are ignored. Errors: Invalid (with the text that
  // is wrong), Exhausted (more than kMaxRanges ranges).
  static Result<MySqlGtidSet> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  // By server, tag and number; those of one server and tag neither overlap nor touch.
  [[nodiscard]] const std::vector<MySqlGtidRange>& ranges() const { return ranges_; }
  // How many transactions.
  [[nodiscard]] std::uint64_t count() const;

  [[nodiscard]] bool contains(const MySqlGtid& gtid) const;
  // True if everything in `other` is in this set.
  [[nodiscard]] bool covers(const MySqlGtidSet& other) const;

  // False, and nothing is changed, if there would be too many ranges, or if the range is empty or
  // out of bounds.
  bool add(const MySqlGtidRange& range);
  // False if not all of it found room.
  bool merge(const MySqlGtidSet& other);

  // What is not in `other`.
  [[nodiscard]] MySqlGtidSet minus(const MySqlGtidSet& other) const;
  // The transactions that began at this server; and those that did not.
  [[nodiscard]] MySqlGtidSet of_server(const ServerUuid& uuid) const;
  [[nodiscard]] MySqlGtidSet without_server(const ServerUuid& uuid) const;
  // Of each server and tag the last transaction.
  [[nodiscard]] MySqlGtidSet newest() const;

  friend bool operator==(const MySqlGtidSet&, const MySqlGtidSet&) = default;

 private:
  std::vector<MySqlGtidRange> ranges_;
};

// As servers write it, in one line.
std::string to_string(const MySqlGtidSet& set);

}  // namespace understudy::replication

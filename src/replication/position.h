#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/flavour.h"
#include "replication/mysql_gtid_set.h"
#include "replication/transaction_id.h"

namespace understudy::replication {

// A point in a cluster's history: a set of transactions that is known to be applied, received or
// wanted. A value of either flavour; the empty one is of both. Copies share what is large.
//
// MariaDB: the newest GTID of each domain, sorted by domain; one or two domains (nearly every
// cluster) take no heap memory. Within a domain a higher sequence number includes all the lower
// ones, and the server id is not compared: MASTER_GTID_WAIT does neither (measured on MariaDB
// 10.11). Positions of two histories (before and after a failover that lost transactions) must
// therefore never be compared; an epoch tells them apart.
//
// MySQL: exactly the transactions that it names. So "uuid:7" alone does not cover "uuid:6", though
// a server that has the one has the other, as transactions are logged, shown and replicated in
// their order (binlog_order_commits, replica_preserve_commit_order); see latest().
//
// A position never covers one of the other flavour, and takes nothing of it.
class Position {
 public:
  static constexpr std::size_t kMaxDomains = 256;

  Position() = default;
  explicit Position(MySqlGtidSet set);

  // Reads "0-1-100,1-2-5" or, where there is a colon, MySQL's "uuid:1-5:7,uuid:tag:1"; spaces and
  // line breaks around the entries are ignored, the empty text is the empty position. Of two
  // entries of one domain the higher counts. Errors: Invalid (with the text that is wrong),
  // Exhausted (more than kMaxDomains domains, or MySqlGtidSet::kMaxRanges ranges).
  static Result<Position> parse(std::string_view text);

  // Of the empty position: MariaDb.
  [[nodiscard]] Flavour flavour() const { return set_ ? Flavour::MySql : Flavour::MariaDb; }
  [[nodiscard]] bool empty() const { return size_ == 0 && !set_; }
  // MariaDB: the number of domains, and one of them in the order of their numbers. Else 0.
  [[nodiscard]] std::size_t domain_count() const { return size_; }
  [[nodiscard]] const Gtid& at(std::size_t index) const;
  // MySQL: the transactions; lives as long as the position. Else empty.
  [[nodiscard]] const MySqlGtidSet& mysql_set() const;

  // True if everything in `other` is in this position too. Every position covers the empty one.
  [[nodiscard]] bool covers(const Position& other) const;
  [[nodiscard]] bool covers(const TransactionId& id) const;

  // Makes this position cover both.
  void merge(const Position& other);
  // Adds one transaction and, for MariaDB, all before it in its domain. More domains than
  // kMaxDomains, more than kMaxRanges, or of the other flavour: ignored, false.
  bool add(const Gtid& gtid);
  bool add(const TransactionId& id);

  // MariaDB: the last transaction of each domain. MySQL: each, in their order; at most `limit`.
  [[nodiscard]] std::vector<TransactionId> transactions(std::size_t limit = kMaxDomains) const;
  // MySQL: the last transaction of each server and tag alone: what is as good as this one to wait
  // for on a server whose log continues the one they are from, and of bounded size. For MariaDB the
  // same position.
  [[nodiscard]] Position latest() const;
  // Without the transactions that began at that server; of MariaDB without the domains whose last
  // one did.
  [[nodiscard]] Position without(const ServerIdentity& server) const;
  // How many transactions of this one the other lacks. MariaDB: by sequence numbers, so an
  // estimate.
  [[nodiscard]] std::uint64_t ahead_of(const Position& other) const;

  friend bool operator==(const Position& left, const Position& right);

 private:
  static constexpr std::size_t kInline = 2;
  [[nodiscard]] Gtid& slot(std::size_t index);
  void insert(std::size_t index, const Gtid& gtid);

  std::array<Gtid, kInline> first_{};
  std::vector<Gtid> more_;  // the domains after the first two
  std::size_t size_ = 0;
  // MySQL; null if empty. Shared by copies, so it is replaced, never changed.
  std::shared_ptr<const MySqlGtidSet> set_;
};

// The form that parse() and the servers read, e.g. "0-1-100,1-2-5".
std::string to_string(const Position& position);

}  // namespace understudy::replication

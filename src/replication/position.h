#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "replication/flavour.h"

namespace understudy::replication {

// One transaction's global id in MariaDB: "domain-server-sequence".
// Source: MariaDB knowledge base, "Global Transaction ID".
struct Gtid {
  std::uint32_t domain = 0;
  std::uint32_t server = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const Gtid&, const Gtid&) = default;
};

// A point in a cluster's history: a set of transactions that is known to be applied, received or
// wanted. For MariaDB the newest GTID of each domain, sorted by domain. A value; one or two domains
// (nearly every cluster) take no heap memory.
//
// Within a domain a higher sequence number includes all the lower ones, and the server id is not
// compared: MASTER_GTID_WAIT does neither (measured on MariaDB 10.11). Positions of two histories
// (before and after a failover that lost transactions) must therefore never be compared; an epoch
// tells them apart.
class Position {
 public:
  static constexpr std::size_t kMaxDomains = 256;

  Position() = default;

  // Reads "0-1-100,1-2-5"; spaces and line breaks around the entries are ignored, the empty text is
  // the empty position. Of two entries of one domain the higher counts.
  // Errors: Invalid (with the text that is wrong), Exhausted (more than kMaxDomains domains).
  static Result<Position> parse(std::string_view text);

  [[nodiscard]] Flavour flavour() const { return Flavour::MariaDb; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // The number of domains, and one of them in the order of their numbers.
  [[nodiscard]] std::size_t domain_count() const { return size_; }
  [[nodiscard]] const Gtid& at(std::size_t index) const;

  // True if everything in `other` is in this position too. Every position covers the empty one.
  [[nodiscard]] bool covers(const Position& other) const;

  // Makes this position cover both.
  void merge(const Position& other);
  // Adds one transaction and all before it in its domain. More domains than kMaxDomains: ignored,
  // false.
  bool add(const Gtid& gtid);

  friend bool operator==(const Position& left, const Position& right);

 private:
  static constexpr std::size_t kInline = 2;
  [[nodiscard]] Gtid& slot(std::size_t index);
  void insert(std::size_t index, const Gtid& gtid);

  std::array<Gtid, kInline> first_{};
  std::vector<Gtid> more_;  // the domains after the first two
  std::size_t size_ = 0;
};

// The form that parse() and the servers read, e.g. "0-1-100,1-2-5".
std::string to_string(const Position& position);

}  // namespace understudy::replication

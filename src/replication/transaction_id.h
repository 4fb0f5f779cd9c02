#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "replication/mysql_gtid.h"

namespace understudy::replication {

// One transaction's global id in MariaDB: "domain-server-sequence".
// Source: MariaDB knowledge base, "Global Transaction ID".
struct Gtid {
  std::uint32_t domain = 0;
  std::uint32_t server = 0;
  std::uint64_t sequence = 0;
  // clang-tidy 14 takes what the compiler generates for a comparison with 0.
  friend auto operator<=>(const Gtid&, const Gtid&) = default;  // NOLINT(modernize-use-nullptr)
};

std::string to_string(const Gtid& gtid);

// One transaction's global id, of either flavour.
using TransactionId = std::variant<Gtid, MySqlGtid>;

// "0-1-100", "3e11fa47-71ca-11e1-9e33-c80aa9429562:5"
std::string to_string(const TransactionId& id);
// Reads what to_string() wrote. Error: Invalid.
Result<TransactionId> parse_transaction_id(std::string_view text);

// A server as the ids of its transactions name it: MariaDB by its number, MySQL by its UUID.
struct ServerIdentity {
  std::uint32_t server_id = 0;
  ServerUuid uuid{};
  friend bool operator==(const ServerIdentity&, const ServerIdentity&) = default;
};

// Whether the transaction began at that server.
bool began_at(const TransactionId& id, const ServerIdentity& server);
// Whether every server logs the two in the same order: MariaDB in one domain, MySQL always.
bool of_one_order(const TransactionId& left, const TransactionId& right);

}  // namespace understudy::replication

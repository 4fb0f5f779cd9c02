#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace understudy {

// Where a server or a listener is: host and port, or the path of a Unix socket.
struct Address {
  std::string host;  // name or numeric address without brackets; empty for a Unix socket
  std::uint16_t port = 0;
  std::string unix_path;

  [[nodiscard]] bool is_unix() const { return !unix_path.empty(); }
  friend auto operator<=>(const Address&, const Address&) = default;
};

// Reads "127.0.0.1:3306", "[::1]:3306", "db1.example:3306" or "unix:/run/mysqld/mysqld.sock".
// Error: Invalid, with what is wrong and the forms that are accepted.
Result<Address> parse_address(std::string_view text);

// The form that parse_address reads.
std::string to_string(const Address& address);

}  // namespace understudy

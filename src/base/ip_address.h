#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace understudy {

// A numeric address. One of version 4 is kept as version 6 writes it (::ffff:a.b.c.d), which is
// also how a socket of both versions names its peers.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] bool is_version4() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// Reads "192.168.1.5", "2001:db8::7" or "::ffff:192.168.1.5"; nothing for other texts.
std::optional<IpAddress> parse_ip(std::string_view text);
// From 4 or 16 bytes in network order; nothing for other sizes.
std::optional<IpAddress> ip_from_bytes(std::span<const std::uint8_t> bytes);
// The short form that people write (RFC 5952).
std::string to_string(const IpAddress& address);

}  // namespace understudy

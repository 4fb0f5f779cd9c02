#include "base/address.h"

#include <fmt/format.h>

#include <charconv>

namespace understudy {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
  return make_error(
      ErrorKind::Invalid,
      fmt::format("\"{}\" is not an address: {}; write host:port, [ipv6]:port or unix:/path", text,
                  why));
}

Result<std::uint16_t> parse_port(std::string_view address, std::string_view port) {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (failure != std::errc{} || end != port.data() + port.size() || value == 0 || value > 65535) {
    return bad_address(address, "the port must be a number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  Address address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    if (!address.unix_path.starts_with('/')) return bad_address(text, "the path must be absolute");
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad_address(text, "an IPv6 address needs brackets");
  }
  if (host.empty()) return bad_address(text, "the host is missing");
  const Result<std::uint16_t> port = parse_port(text, text.substr(colon + 1));
  if (!port) return port.error();
  address.host = host;
  address.port = *port;
  return address;
}

std::string to_string(const Address& address) {
  if (address.is_unix()) return "unix:" + address.unix_path;
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", address.host, address.port)
              : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace understudy

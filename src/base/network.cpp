#include "base/network.h"

#include <charconv>
#include <optional>

namespace understudy {
namespace {

constexpr unsigned kVersion4Offset = 96;  // bits before the address of version 4

}  // namespace

Result<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address)
    return make_error(ErrorKind::Invalid,
                      "is no network; write one such as \"10.0.0.0/8\" or \"192.168.1.5\"");
  const unsigned offset = address->is_version4() ? kVersion4Offset : 0;
  unsigned prefix = 128 - offset;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const unsigned longest = prefix;
    const auto read = std::from_chars(digits.begin(), digits.end(), prefix);
    if (read.ec != std::errc() || read.ptr != digits.end() || prefix > longest)
      return make_error(ErrorKind::Invalid, "has no number of bits that count after the '/'");
  }
  Network network;
  network.address_ = *address;
  network.prefix_ = prefix + offset;
  return network;
}

bool Network::contains(std::string_view address) const {
  const auto other = parse_ip(address);
  if (!other) return false;
  unsigned left = prefix_;
  for (std::size_t i = 0; i < address_.bytes.size() && left > 0; ++i) {
    const unsigned bits = left < 8 ? left : 8;
    const auto mask = static_cast<std::uint8_t>(0xff00U >> bits);
    if (((address_.bytes[i] ^ other->bytes[i]) & mask) != 0) return false;
    left -= bits;
  }
  return true;
}

}  // namespace understudy

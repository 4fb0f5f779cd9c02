#include "protocol/proxy_header.h"

#include <algorithm>
#include <string_view>

#include "base/ip_address.h"

// version 1 := "PROXY TCP4|TCP6 source destination port port\r\n" | "PROXY UNKNOWN …\r\n",
//              at most 107 bytes
// version 2 := signature:12 version_command:1 family:1 size:2 source destination … , numbers in
//              network order
namespace understudy::protocol {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view kVersion1 = "PROXY ";
constexpr std::size_t kVersion1BytesMax = 107;
constexpr std::string_view kVersion2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedSize = 16;
constexpr std::uint8_t kLocal = 0x20;  // version 2, and the balancer's own connection
constexpr std::uint8_t kProxied = 0x21;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;

ProxyHeader of(State state) {
  ProxyHeader header;
  header.state = state;
  return header;
}

// How far `bytes` are the beginning of `mark`.
State begins(ByteView bytes, std::string_view mark) {
  const std::size_t shown = std::min(bytes.size(), mark.size());
  if (as_text(bytes.first(shown)) != mark.substr(0, shown)) return State::None;
  return shown == mark.size() ? State::Whole : State::More;
}

ProxyHeader parse_version1(ByteView bytes) {
  const std::string_view text = as_text(bytes.first(std::min(bytes.size(), kVersion1BytesMax)));
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos)
    return of(text.size() < kVersion1BytesMax ? State::More : State::Broken);
  ProxyHeader header = of(State::Whole);
  header.size = end + 2;
  const std::string_view line = text.substr(kVersion1.size(), end - kVersion1.size());
  if (line.starts_with("UNKNOWN")) return header;
  const std::string_view family = line.substr(0, line.find(' '));
  if ((family != "TCP4" && family != "TCP6") || family.size() == line.size())
    return of(State::Broken);
  const std::string_view rest = line.substr(family.size() + 1);
  const auto source = parse_ip(rest.substr(0, rest.find(' ')));
  if (!source || source->is_version4() != (family == "TCP4")) return of(State::Broken);
  header.source = to_string(*source);
  return header;
}

ProxyHeader parse_version2(ByteView bytes) {
  if (bytes.size() < kFixedSize) return of(State::More);
  ProxyHeader header = of(State::Whole);
  header.size = kFixedSize + (std::size_t{bytes[14]} << 8 | bytes[15]);
  const std::uint8_t command = bytes[12];
  if ((command != kLocal && command != kProxied) || header.size > kProxyHeaderBytesMax)
    return of(State::Broken);
  if (bytes.size() < header.size) return of(State::More);
  if (command == kLocal) return header;
  const ByteView addresses = bytes.subspan(kFixedSize, header.size - kFixedSize);
  const std::uint8_t family = bytes[13];
  if (family != kTcp4 && family != kTcp6) return header;  // as if it were the balancer's own
  const std::size_t size = family == kTcp4 ? 4 : 16;
  if (addresses.size() < 2 * size + 4) return of(State::Broken);
  if (const auto source = ip_from_bytes(addresses.first(size))) header.source = to_string(*source);
  return header;
}

}  // namespace

ProxyHeader parse_proxy_header(ByteView bytes) {
  const State first = begins(bytes, kVersion1);
  if (first == State::Whole) return parse_version1(bytes);
  const State second = begins(bytes, kVersion2);
  if (second == State::Whole) return parse_version2(bytes);
  return of(first == State::More || second == State::More ? State::More : State::None);
}

}  // namespace understudy::protocol

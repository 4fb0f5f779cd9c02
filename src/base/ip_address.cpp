#include "base/ip_address.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace understudy {
namespace {

constexpr std::array<std::uint8_t, 12> kVersion4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kGroups = 8;

// The number that is all of `text`, nothing for more than `digits_max` digits or another number.
std::optional<unsigned> number(std::string_view text, int base, std::size_t digits_max) {
  unsigned value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && text.size() <= digits_max ? std::optional(value) : std::nullopt;
}

// Four decimal bytes.
bool parse_version4(std::string_view text, std::span<std::uint8_t, 4> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return false;
    const std::string_view part = text.substr(0, dot);
    const auto value = number(part, 10, 3);
    if (!value || *value > 0xff || (part.size() > 1 && part[0] == '0')) return false;
    out[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(i == 3 ? text.size() : dot + 1);
  }
  return true;
}

// Groups with colons between, the last two of which may be of version 4. Returns how many there
// are, nothing if `text` is something else.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint8_t, 16> out) {
  std::size_t count = 0;
  while (!text.empty()) {
    if (count == kGroups) return std::nullopt;
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (colon == std::string_view::npos && part.find('.') != std::string_view::npos) {
      if (count > kGroups - 2) return std::nullopt;
      std::array<std::uint8_t, 4> last{};
      if (!parse_version4(part, last)) return std::nullopt;
      std::ranges::copy(last, out.begin() + static_cast<std::ptrdiff_t>(2 * count));
      return count + 2;
    }
    const auto value = number(part, 16, 4);
    if (!value || colon == text.size() - 1) return std::nullopt;
    out[2 * count] = static_cast<std::uint8_t>(*value >> 8);
    out[2 * count + 1] = static_cast<std::uint8_t>(*value);
    ++count;
    text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
  }
  return count;
}

std::optional<IpAddress> parse_version6(std::string_view text) {
  IpAddress address;
  const std::size_t gap = text.find("::");
  // The form of version 4 is for the end of the whole.
  if (gap != std::string_view::npos && text.substr(0, gap).find('.') != std::string_view::npos)
    return std::nullopt;
  const auto before = parse_groups(text.substr(0, gap), address.bytes);
  if (!before) return std::nullopt;
  if (gap == std::string_view::npos)
    return *before == kGroups ? std::optional(address) : std::nullopt;
  std::array<std::uint8_t, 16> tail{};
  const auto after = parse_groups(text.substr(gap + 2), tail);
  if (!after || *before + *after >= kGroups) return std::nullopt;
  std::copy_n(tail.begin(), 2 * *after,
              address.bytes.end() - static_cast<std::ptrdiff_t>(2 * *after));
  return address;
}

unsigned group(const IpAddress& address, std::size_t index) {
  return unsigned{address.bytes[2 * index]} << 8 | unsigned{address.bytes[2 * index + 1]};
}

// The first of the longest runs of zero groups, of two at least: place and length.
std::pair<std::size_t, std::size_t> longest_gap(const IpAddress& address) {
  std::pair<std::size_t, std::size_t> best{kGroups, 1};
  for (std::size_t start = 0; start < kGroups; ++start) {
    std::size_t end = start;
    while (end < kGroups && group(address, end) == 0)
      ++end;
    if (end - start > best.second) best = {start, end - start};
  }
  return best;
}

}  // namespace

bool IpAddress::is_version4() const {
  return std::equal(kVersion4Prefix.begin(), kVersion4Prefix.end(), bytes.begin());
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_version6(text);
  std::array<std::uint8_t, 4> bytes{};
  return parse_version4(text, bytes) ? ip_from_bytes(bytes) : std::nullopt;
}

std::optional<IpAddress> ip_from_bytes(std::span<const std::uint8_t> bytes) {
  IpAddress address;
  if (bytes.size() != 4 && bytes.size() != address.bytes.size()) return std::nullopt;
  if (bytes.size() == 4) std::ranges::copy(kVersion4Prefix, address.bytes.begin());
  std::ranges::copy(bytes, address.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return address;
}

std::string to_string(const IpAddress& address) {
  std::string text;
  if (address.is_version4()) {
    for (std::size_t i = kVersion4Prefix.size(); i < address.bytes.size(); ++i)
      text += (text.empty() ? "" : ".") + std::to_string(address.bytes[i]);
    return text;
  }
  const auto [gap, length] = longest_gap(address);
  std::array<char, 5> digits{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == gap) {
      text += "::";
      i += length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    const auto written = std::to_chars(digits.begin(), digits.end(), group(address, i), 16);
    text.append(digits.begin(), written.ptr);
  }
  return text;
}

}  // namespace understudy

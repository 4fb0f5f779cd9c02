#include "config/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace understudy::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kTimeUnits{{{"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000}}};
constexpr std::array<Unit, 5> kSizeUnits{{{"", 1},
                                          {"B", 1},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"GiB", std::uint64_t{1} << 30}}};

// A whole number followed by one of the units, as their product; nothing above INT64_MAX.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view unit_name(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.name != unit_name) continue;
    constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (number > kMax / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto nanoseconds = parse_quantity(text, kTimeUnits);
  if (!nanoseconds) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*nanoseconds));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits);
}

std::string format_duration(Duration duration) {
  const auto nanoseconds = static_cast<std::uint64_t>(duration.count());
  if (nanoseconds == 0) return "0s";
  for (const Unit& unit : kTimeUnits)
    if (nanoseconds % unit.factor == 0)
      return std::to_string(nanoseconds / unit.factor) + std::string(unit.name);
  return std::to_string(nanoseconds / 1000) + "us";
}

}  // namespace understudy::config

#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <variant>

#include "base/bytes.h"

namespace understudy::protocol {

struct Null {
  friend auto operator<=>(Null, Null) = default;
};

// An exact number as the server writes it, e.g. "-12.50".
struct Decimal {
  std::string_view text;
  friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

// A calendar date; zero dates have zeros.
struct Date {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  friend auto operator<=>(const Date&, const Date&) = default;
};

// DATETIME and TIMESTAMP.
struct DateTime {
  Date date;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
  friend auto operator<=>(const DateTime&, const DateTime&) = default;
};

// TIME: a duration with sign, of up to 838 hours.
struct Time {
  std::int64_t microseconds = 0;
  friend auto operator<=>(const Time&, const Time&) = default;
};

// A value of a row or a parameter. Views point into the row that it was decoded from, or into what
// the caller holds. Integers are int64, or uint64 for UNSIGNED columns and BIT; text types, ENUM,
// SET and JSON are string_view in the connection's character set; binary types (collation 63) are
// ByteView.
using Value = std::variant<Null, std::int64_t, std::uint64_t, float, double, Decimal,
                           std::string_view, ByteView, Date, DateTime, Time>;

}  // namespace understudy::protocol

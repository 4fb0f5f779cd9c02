#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace understudy {

// An exact decimal number as the server writes it, e.g. "-12.50".
struct Decimal {
  std::string text;
  friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

// A calendar date; 0000-00-00 has zeros.
struct Date {
  std::uint16_t year = 0;
  std::uint8_t month = 0;  // 1 to 12
  std::uint8_t day = 0;    // 1 to 31
  friend auto operator<=>(const Date&, const Date&) = default;
};

// DATETIME or TIMESTAMP, in the session's time zone.
struct DateTime {
  Date date;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
  friend auto operator<=>(const DateTime&, const DateTime&) = default;
};

// TIME: a duration of up to 838 hours, with sign.
using Time = std::chrono::microseconds;

using Blob = std::vector<std::byte>;

// A value of a row or a parameter. Integers are int64, or uint64 for UNSIGNED columns; BIT is
// uint64; FLOAT and DOUBLE are double; text types, ENUM, SET and JSON are std::string in the
// connection's character set (utf8mb4); binary types are Blob.
using Value = std::variant<std::nullptr_t, std::int64_t, std::uint64_t, double, Decimal,
                           std::string, Blob, Date, DateTime, Time>;

namespace detail {
template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
}  // namespace detail

// Makes a parameter: NULL of nullptr and of an empty optional, text of whatever is a string_view,
// numbers of numbers, TIME of a duration; a Value and its alternatives stay what they are.
template <typename T>
Value to_value(const T& parameter) {
  if constexpr (detail::kIsOptional<T>) {
    return parameter ? to_value(*parameter) : Value(nullptr);
  } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::uint64_t>(parameter);
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(parameter);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(parameter);
  } else if constexpr (!std::is_same_v<T, std::nullptr_t> &&
                       std::is_convertible_v<const T&, std::string_view>) {
    return std::string(std::string_view(parameter));
  } else if constexpr (std::is_convertible_v<const T&, Time>) {
    return Time(parameter);
  } else {
    return Value(parameter);
  }
}

}  // namespace understudy

#include "replication/value_layout.h"

#include <algorithm>

#include "protocol/constants.h"

namespace understudy::replication {
namespace {

using protocol::ColumnType;

std::optional<ValueLayout> fixed(std::size_t size) {
  return ValueLayout{0, static_cast<std::uint32_t>(size)};
}

std::optional<ValueLayout> prefixed(std::size_t prefix) {
  return ValueLayout{static_cast<std::uint8_t>(prefix), 0};
}

std::optional<ValueLayout> blob(std::uint16_t metadata) {
  if (metadata < 1 || metadata > 4) return std::nullopt;
  return prefixed(metadata);
}

std::optional<ValueLayout> string(std::uint16_t metadata) {
  const StringMetadata what = string_metadata(metadata);
  if (what.real_type == static_cast<std::uint8_t>(ColumnType::Enum) ||
      what.real_type == static_cast<std::uint8_t>(ColumnType::Set)) {
    if (what.length > 8) return std::nullopt;
    return fixed(what.length);
  }
  return prefixed(what.length > 255 ? 2 : 1);
}

std::size_t fraction_size(std::uint16_t digits) {
  return (digits + 1u) / 2;
}

std::optional<ValueLayout> with_fraction(std::size_t size, std::uint16_t digits) {
  if (digits > 6) return std::nullopt;
  return fixed(size + fraction_size(digits));
}

// Without a word of the fraction in the log.
std::optional<ValueLayout> old_time(std::size_t size, std::optional<std::uint8_t> digits) {
  if (digits != std::uint8_t{0}) return std::nullopt;
  return fixed(size);
}

std::optional<ValueLayout> layout_of_log_type(const ColumnFormat& column) {
  switch (column.type) {
    case log_type::kNewDate:
      return fixed(3);
    case log_type::kTimestamp2:
      return with_fraction(4, column.metadata);
    case log_type::kDateTime2:
      return with_fraction(5, column.metadata);
    case log_type::kTime2:
      return with_fraction(3, column.metadata);
    case log_type::kBlobCompressed:
    case log_type::kVector:
      return blob(column.metadata);
    case log_type::kVarCharCompressed:
      return prefixed(column.metadata > 255 ? 2 : 1);
    default:
      return std::nullopt;
  }
}

}  // namespace

StringMetadata string_metadata(std::uint16_t metadata) {
  constexpr std::uint32_t kTurnedBits = 0x30;
  const auto real = static_cast<std::uint8_t>(metadata >> 8);
  if (real == static_cast<std::uint8_t>(ColumnType::Enum) ||
      real == static_cast<std::uint8_t>(ColumnType::Set)) {
    return {real, metadata & 0xffu};
  }
  return {static_cast<std::uint8_t>(ColumnType::String),
          (((real & kTurnedBits) << 4) ^ 0x300u) + (metadata & 0xffu)};
}

std::size_t decimal_size(std::size_t precision, std::size_t scale) {
  constexpr std::size_t kDigits = 9;
  constexpr std::size_t kBytes[kDigits] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
  const std::size_t whole = precision - std::min(scale, precision);
  return whole / kDigits * 4 + kBytes[whole % kDigits] + scale / kDigits * 4 +
         kBytes[scale % kDigits];
}

std::optional<ValueLayout> layout_of(const ColumnFormat& column) {
  switch (static_cast<ColumnType>(column.type)) {
    case ColumnType::Null:
      return fixed(0);
    case ColumnType::Tiny:
    case ColumnType::Year:
      return fixed(1);
    case ColumnType::Short:
      return fixed(2);
    case ColumnType::Int24:
    case ColumnType::Date:
      return fixed(3);
    case ColumnType::Long:
      return fixed(4);
    case ColumnType::LongLong:
      return fixed(8);
    case ColumnType::Float:
    case ColumnType::Double:
      if (column.metadata != 4 && column.metadata != 8) return std::nullopt;
      return fixed(column.metadata);
    case ColumnType::NewDecimal:
      return fixed(decimal_size(column.metadata >> 8, column.metadata & 0xff));
    case ColumnType::Bit:  // full bytes, and one for the bits that are left
      return fixed((column.metadata & 0xff) + (column.metadata >> 8 != 0 ? 1u : 0u));
    case ColumnType::VarChar:
    case ColumnType::VarString:
      return prefixed(column.metadata > 255 ? 2 : 1);
    case ColumnType::String:
    case ColumnType::Enum:
    case ColumnType::Set:
      return string(column.metadata);
    case ColumnType::TinyBlob:
    case ColumnType::MediumBlob:
    case ColumnType::LongBlob:
    case ColumnType::Blob:
    case ColumnType::Geometry:
    case ColumnType::Json:
      return blob(column.metadata);
    case ColumnType::Timestamp:
      return old_time(4, column.old_digits);
    case ColumnType::Time:
      return old_time(3, column.old_digits);
    case ColumnType::DateTime:
      return old_time(8, column.old_digits);
    case ColumnType::Decimal:  // as text, of tables that MySQL 4.1 made
      return std::nullopt;
  }
  return layout_of_log_type(column);
}

}  // namespace understudy::replication

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "protocol/lenenc.h"
#include "protocol/rows.h"

// text_row := (0xfb | lenenc_bytes){columns}
// Numbers and dates are spelled as in SQL: -12.50, 1e30, 2024-02-29 10:20:30.123456,
// -838:59:59.000001.
namespace understudy::protocol {
namespace {

constexpr std::uint8_t kNullValue = 0xfb;
constexpr std::size_t kFractionDigits = 6;

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, "malformed value in a row: " + std::string(what));
}

template <typename Number>
Result<Value> number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (rest != end || error != std::errc()) return malformed("a number");
  return Value(value);
}

// By way of a double: the decimal text of the largest float is rounded, perhaps beyond it.
Result<Value> float_value(std::string_view text) {
  const Result<Value> wide = number<double>(text);
  if (!wide) return wide.error();
  constexpr double kMax = std::numeric_limits<float>::max();
  return Value(static_cast<float>(std::clamp(std::get<double>(*wide), -kMax, kMax)));
}

// Walks over digits and separators; once something does not fit, failed() stays true.
class Digits {
 public:
  explicit Digits(std::string_view text) : rest_(text) {}

  std::uint32_t next(std::size_t digits_min, std::size_t digits_max) {
    std::uint32_t value = 0;
    std::size_t count = 0;
    while (count < digits_max && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value = value * 10 + static_cast<std::uint32_t>(rest_[0] - '0');
      rest_.remove_prefix(1);
      ++count;
    }
    if (count < digits_min) failed_ = true;
    return value;
  }
  bool accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) failed_ = true;
  }
  // ".123" as microseconds; none is 0.
  std::uint32_t fraction() {
    if (!accept('.')) return 0;
    const std::size_t before = rest_.size();
    std::uint32_t value = next(1, kFractionDigits);
    for (std::size_t count = before - rest_.size(); count < kFractionDigits; ++count)
      value *= 10;
    return value;
  }
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

Date read_date(Digits& digits) {
  Date date;
  date.year = static_cast<std::uint16_t>(digits.next(4, 4));
  digits.expect('-');
  date.month = static_cast<std::uint8_t>(digits.next(2, 2));
  digits.expect('-');
  date.day = static_cast<std::uint8_t>(digits.next(2, 2));
  return date;
}

Result<Value> date_value(std::string_view text) {
  Digits digits(text);
  const Date date = read_date(digits);
  if (!digits.complete()) return malformed("a date");
  return Value(date);
}

Result<Value> datetime_value(std::string_view text) {
  Digits digits(text);
  DateTime value;
  value.date = read_date(digits);
  digits.expect(' ');
  value.hour = static_cast<std::uint8_t>(digits.next(2, 2));
  digits.expect(':');
  value.minute = static_cast<std::uint8_t>(digits.next(2, 2));
  digits.expect(':');
  value.second = static_cast<std::uint8_t>(digits.next(2, 2));
  value.microsecond = digits.fraction();
  if (!digits.complete()) return malformed("a date with time");
  return Value(value);
}

Result<Value> time_value(std::string_view text) {
  Digits digits(text);
  const bool negative = digits.accept('-');
  std::int64_t seconds = std::int64_t{digits.next(2, 3)} * 3600;
  digits.expect(':');
  seconds += std::int64_t{digits.next(2, 2)} * 60;
  digits.expect(':');
  seconds += digits.next(2, 2);
  const std::int64_t total = seconds * 1'000'000 + digits.fraction();
  if (!digits.complete()) return malformed("a time");
  return Value(Time{negative ? -total : total});
}

// BIT comes as bytes, most significant first, in both forms of rows.
Result<Value> bit_value(std::string_view text) {
  if (text.size() > 8) return malformed("a BIT");
  std::uint64_t value = 0;
  for (const char c : text)
    value = value << 8 | static_cast<std::uint8_t>(c);
  return Value(value);
}

}  // namespace

Result<Value> decode_text_value(std::string_view text, const ColumnDefinition& column) {
  switch (column.type) {
    case ColumnType::Tiny:
    case ColumnType::Short:
    case ColumnType::Int24:
    case ColumnType::Long:
    case ColumnType::LongLong:
    case ColumnType::Year:
      return column.is_unsigned() ? number<std::uint64_t>(text) : number<std::int64_t>(text);
    case ColumnType::Float:
      return float_value(text);
    case ColumnType::Double:
      return number<double>(text);
    case ColumnType::Decimal:
    case ColumnType::NewDecimal:
      return Value(Decimal{text});
    case ColumnType::Date:
      return date_value(text);
    case ColumnType::DateTime:
    case ColumnType::Timestamp:
      return datetime_value(text);
    case ColumnType::Time:
      return time_value(text);
    case ColumnType::Bit:
      return bit_value(text);
    case ColumnType::Null:
      return Value(Null{});
    case ColumnType::Json:
      return Value(text);
    default:
      return column.is_binary() ? Value(as_bytes(text)) : Value(text);
  }
}

std::optional<ByteView> read_text_field(ByteReader& row) {
  if (row.remaining() > 0 && row.rest()[0] == kNullValue) {
    row.u8();
    return std::nullopt;
  }
  return read_lenenc_bytes(row);
}

Result<void> decode_text_row(ByteView payload, std::span<const ColumnDefinition> columns,
                             std::vector<Value>& values) {
  ByteReader reader(payload);
  values.assign(columns.size(), Null{});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::optional<ByteView> field = read_text_field(reader);
    if (reader.failed()) break;
    if (!field) continue;
    Result<Value> value = decode_text_value(as_text(*field), columns[i]);
    if (!value) return value.error();
    values[i] = *value;
  }
  if (reader.failed() || reader.remaining() > 0) return malformed("a text row of another length");
  return {};
}

}  // namespace understudy::protocol

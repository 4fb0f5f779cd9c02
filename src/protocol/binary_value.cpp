#include <algorithm>
#include <bit>
#include <string>

#include "protocol/lenenc.h"
#include "protocol/rows.h"

// binary_row := 0x00 null_bitmap:(columns+9)/8 value{columns that are not NULL}
//               bit 0 of the bitmap stands for column -2
// date       := 0:1 | size:1 year:2 month:1 day:1 (hour:1 minute:1 second:1 (microsecond:4)?)?
// time       := 0:1 | size:1 negative:1 days:4 hour:1 minute:1 second:1 (microsecond:4)?
// parameters := null_bitmap:(count+7)/8 1:1 (type:1 flags:1){count} value{count that are not NULL}
namespace understudy::protocol {
namespace {

constexpr std::size_t kNullBitmapOffset = 2;  // of rows, in bits
constexpr std::uint8_t kUnsignedParameter = 0x80;
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::uint32_t kDaysMax = 34;  // 838 hours

std::int64_t sign_extended(std::uint64_t value, std::size_t size) {
  const std::size_t unused = 64 - 8 * size;
  return std::bit_cast<std::int64_t>(value << unused) >> unused;
}

Value read_integer(ByteReader& reader, std::size_t size, const ColumnDefinition& column) {
  const std::uint64_t value = reader.integer(size);
  if (column.is_unsigned() || column.type == ColumnType::Year) {
    return column.is_unsigned() ? Value(value) : Value(static_cast<std::int64_t>(value));
  }
  return sign_extended(value, size);
}

DateTime read_datetime(ByteReader& reader) {
  ByteReader field(reader.take(reader.u8()));
  const std::size_t size = field.remaining();
  if (size != 0 && size != 4 && size != 7 && size != 11) reader.fail();
  DateTime value;
  if (size == 0) return value;
  value.date.year = field.u16();
  value.date.month = field.u8();
  value.date.day = field.u8();
  if (size == 4) return value;
  value.hour = field.u8();
  value.minute = field.u8();
  value.second = field.u8();
  if (size == 11) value.microsecond = field.u32();
  return value;
}

Time read_time(ByteReader& reader) {
  ByteReader field(reader.take(reader.u8()));
  const std::size_t size = field.remaining();
  if (size != 0 && size != 8 && size != 12) reader.fail();
  if (size == 0) return {};
  const bool negative = field.u8() != 0;
  const std::uint32_t days = field.u32();
  if (days > kDaysMax) reader.fail();
  std::int64_t seconds = std::int64_t{std::min(days, kDaysMax)} * 86400;
  seconds += std::int64_t{field.u8()} * 3600;
  seconds += std::int64_t{field.u8()} * 60;
  seconds += field.u8();
  const std::int64_t total = seconds * kSecond + (size == 12 ? field.u32() : 0);
  return {negative ? -total : total};
}

// Every type without a form of its own in binary rows is text or bytes with a length.
Value read_text(ByteReader& reader, const ColumnDefinition& column) {
  const std::string_view text = as_text(read_lenenc_bytes(reader));
  Result<Value> value = decode_text_value(text, column);
  if (value) return *value;
  reader.fail();
  return Null{};
}

// --- parameters ---

struct ParameterType {
  ColumnType type;
  std::uint8_t flags = 0;
};

struct TypeOf {
  ParameterType operator()(Null) const { return {ColumnType::Null}; }
  ParameterType operator()(std::int64_t) const { return {ColumnType::LongLong}; }
  ParameterType operator()(std::uint64_t) const {
    return {ColumnType::LongLong, kUnsignedParameter};
  }
  ParameterType operator()(float) const { return {ColumnType::Float}; }
  ParameterType operator()(double) const { return {ColumnType::Double}; }
  ParameterType operator()(const Decimal&) const { return {ColumnType::NewDecimal}; }
  ParameterType operator()(std::string_view) const { return {ColumnType::VarString}; }
  ParameterType operator()(ByteView) const { return {ColumnType::Blob}; }
  ParameterType operator()(const Date&) const { return {ColumnType::Date}; }
  ParameterType operator()(const DateTime&) const { return {ColumnType::DateTime}; }
  ParameterType operator()(const Time&) const { return {ColumnType::Time}; }
};

struct AppendValue {
  Bytes& out;

  void operator()(Null) const {}
  void operator()(std::int64_t value) const {
    ByteWriter(out).u64(static_cast<std::uint64_t>(value));
  }
  void operator()(std::uint64_t value) const { ByteWriter(out).u64(value); }
  void operator()(float value) const { ByteWriter(out).u32(std::bit_cast<std::uint32_t>(value)); }
  void operator()(double value) const { ByteWriter(out).u64(std::bit_cast<std::uint64_t>(value)); }
  void operator()(const Decimal& value) const { append_lenenc_bytes(out, as_bytes(value.text)); }
  void operator()(std::string_view value) const { append_lenenc_bytes(out, as_bytes(value)); }
  void operator()(ByteView value) const { append_lenenc_bytes(out, value); }
  void operator()(const Date& value) const {
    ByteWriter writer(out);
    writer.u8(4);
    append_date(writer, value);
  }
  void operator()(const DateTime& value) const {
    ByteWriter writer(out);
    writer.u8(11);
    append_date(writer, value.date);
    writer.u8(value.hour);
    writer.u8(value.minute);
    writer.u8(value.second);
    writer.u32(value.microsecond);
  }
  void operator()(const Time& value) const {
    const bool negative = value.microseconds < 0;
    const auto bits = static_cast<std::uint64_t>(value.microseconds);
    const std::uint64_t size = negative ? 0 - bits : bits;
    const std::uint64_t seconds = size / 1'000'000;
    ByteWriter writer(out);
    writer.u8(12);
    writer.u8(negative ? 1 : 0);
    writer.u32(static_cast<std::uint32_t>(seconds / 86400));
    writer.u8(static_cast<std::uint8_t>(seconds / 3600 % 24));
    writer.u8(static_cast<std::uint8_t>(seconds / 60 % 60));
    writer.u8(static_cast<std::uint8_t>(seconds % 60));
    writer.u32(static_cast<std::uint32_t>(size % 1'000'000));
  }

  static void append_date(ByteWriter& writer, const Date& date) {
    writer.u16(date.year);
    writer.u8(date.month);
    writer.u8(date.day);
  }
};

}  // namespace

Value read_binary_value(ByteReader& row, const ColumnDefinition& column) {
  switch (column.type) {
    case ColumnType::Tiny:
      return read_integer(row, 1, column);
    case ColumnType::Short:
    case ColumnType::Year:
      return read_integer(row, 2, column);
    case ColumnType::Int24:
    case ColumnType::Long:
      return read_integer(row, 4, column);
    case ColumnType::LongLong:
      return read_integer(row, 8, column);
    case ColumnType::Float:
      return std::bit_cast<float>(row.u32());
    case ColumnType::Double:
      return std::bit_cast<double>(row.u64());
    case ColumnType::Date:
      return read_datetime(row).date;
    case ColumnType::DateTime:
    case ColumnType::Timestamp:
      return read_datetime(row);
    case ColumnType::Time:
      return read_time(row);
    case ColumnType::Null:
      return Null{};
    default:
      return read_text(row, column);
  }
}

Result<void> decode_binary_row(ByteView payload, std::span<const ColumnDefinition> columns,
                               std::vector<Value>& values) {
  ByteReader reader(payload);
  const std::uint8_t header = reader.u8();
  const ByteView nulls = reader.take((columns.size() + kNullBitmapOffset + 7) / 8);
  values.assign(columns.size(), Null{});
  for (std::size_t i = 0; i < columns.size() && !reader.failed(); ++i) {
    const std::size_t bit = i + kNullBitmapOffset;
    if ((nulls[bit / 8] >> (bit % 8) & 1) != 0) continue;
    values[i] = read_binary_value(reader, columns[i]);
  }
  if (reader.failed() || reader.remaining() > 0 || header != 0)
    return make_error(ErrorKind::Malformed, "malformed binary row");
  return {};
}

void append_parameters(Bytes& out, std::span<const Value> parameters) {
  if (parameters.empty()) return;
  const std::size_t bitmap = out.size();
  ByteWriter writer(out);
  writer.zeros((parameters.size() + 7) / 8);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!std::holds_alternative<Null>(parameters[i])) continue;
    std::uint8_t& byte = out[bitmap + i / 8];
    byte = static_cast<std::uint8_t>(byte | 1u << (i % 8));
  }
  writer.u8(1);  // the types follow
  for (const Value& parameter : parameters) {
    const ParameterType type = std::visit(TypeOf{}, parameter);
    writer.u8(static_cast<std::uint8_t>(type.type));
    writer.u8(type.flags);
  }
  for (const Value& parameter : parameters)
    std::visit(AppendValue{out}, parameter);
}

}  // namespace understudy::protocol

#include "replication/value_decoder.h"

#include <bit>

#include "protocol/constants.h"
#include "replication/json_binary.h"
#include "replication/packed_value.h"
#include "replication/stored_forms.h"
#include "replication/value_slot.h"

namespace understudy::replication {
namespace {

using protocol::ColumnType;

constexpr std::uint64_t little_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

// Fills the bits above those that are there with the sign.
std::int64_t signed_of(ByteView bytes) {
  if (bytes.empty()) return 0;
  const std::size_t unused = 64 - 8 * bytes.size();
  return static_cast<std::int64_t>(little_endian(bytes) << unused) >> unused;
}

bool real(ByteView bytes, ColumnValue& out) {
  if (bytes.size() == 4) {
    out = std::bit_cast<float>(static_cast<std::uint32_t>(little_endian(bytes)));
  } else {
    out = std::bit_cast<double>(little_endian(bytes));
  }
  return true;
}

bool geometry(ByteView bytes, ColumnValue& out) {
  ByteReader reader(bytes);
  GeometryBytes& held = slot<GeometryBytes>(out);
  held.srid = reader.u32();
  held.wkb.assign(reader.rest().begin(), reader.rest().end());
  return !reader.failed();
}

bool is_textual(const ColumnFormat& column) {
  return column.character_set != CharacterSet::Unknown &&
         column.character_set != CharacterSet::Binary;
}

}  // namespace

ValueDecoder::ValueDecoder(const ColumnFormat& column)
    : column_(&column), layout_(layout_of(column)), how_(how_to_decode(column)) {}

ValueDecoder::How ValueDecoder::how_to_decode(const ColumnFormat& column) {
  switch (column.type) {
    case log_type::kNewDate:
      return How::Date;
    case log_type::kTimestamp2:
      return How::Timestamp;
    case log_type::kDateTime2:
      return How::DateTime;
    case log_type::kTime2:
      return How::Time;
    case log_type::kBlobCompressed:
    case log_type::kVarCharCompressed:
      return How::Compressed;
    case log_type::kVector:
      return How::Binary;
    default:
      break;
  }
  switch (static_cast<ColumnType>(column.type)) {
    case ColumnType::Tiny:
    case ColumnType::Short:
    case ColumnType::Int24:
    case ColumnType::Long:
    case ColumnType::LongLong:
      return column.is_unsigned.value_or(false) ? How::Unsigned : How::Signed;
    case ColumnType::Float:
    case ColumnType::Double:
      return How::Real;
    case ColumnType::NewDecimal:
      return How::Decimal;
    case ColumnType::Bit:
      return How::Bits;
    case ColumnType::Year:
      return How::Year;
    case ColumnType::Date:
      return How::Date;
    case ColumnType::Timestamp:
      return How::OldTimestamp;
    case ColumnType::Time:
      return How::OldTime;
    case ColumnType::DateTime:
      return How::OldDateTime;
    case ColumnType::Json:
      return How::Json;
    case ColumnType::Geometry:
      return How::Geometry;
    case ColumnType::Null:
    case ColumnType::Decimal:
      return How::Nothing;
    default:
      return how_to_decode_text(column);
  }
}

ValueDecoder::How ValueDecoder::how_to_decode_text(const ColumnFormat& column) {
  switch (static_cast<ColumnType>(column.type)) {
    case ColumnType::String:
    case ColumnType::Enum:
    case ColumnType::Set:
      return how_to_decode_string(column);
    case ColumnType::VarChar:
    case ColumnType::VarString:
    case ColumnType::TinyBlob:
    case ColumnType::MediumBlob:
    case ColumnType::LongBlob:
    case ColumnType::Blob:
      return is_textual(column) ? How::Text : How::Binary;
    default:
      return How::Nothing;
  }
}

ValueDecoder::How ValueDecoder::how_to_decode_string(const ColumnFormat& column) {
  const auto real = static_cast<ColumnType>(string_metadata(column.metadata).real_type);
  if (real == ColumnType::Enum) return How::Enum;
  if (real == ColumnType::Set) return How::Set;
  switch (column.form) {
    case BinaryForm::Inet4:
    case BinaryForm::Inet6:
      return How::Inet;
    case BinaryForm::Uuid:
      return How::Uuid;
    case BinaryForm::Plain:
      break;
  }
  if (is_textual(column)) return How::Text;
  return column.character_set == CharacterSet::Binary ? How::FixedBinary : How::Binary;
}

void ValueDecoder::text(ByteView bytes, ColumnValue& out) const {
  if (!append_utf8(column_->character_set, bytes, text_slot(out))) bytes_slot(out, bytes);
}

bool ValueDecoder::decode(ByteView bytes, ColumnValue& out) const {
  switch (how_) {
    case How::Nothing:
      out = SqlNull{};
      return true;
    case How::Signed:
      out = signed_of(bytes);
      return true;
    case How::Unsigned:
      out = little_endian(bytes);
      return true;
    case How::Real:
      return real(bytes, out);
    case How::Decimal: {
      std::string& decimal = slot<DecimalText>(out).text;
      decimal.clear();
      return append_decimal(bytes, column_->metadata >> 8, column_->metadata & 0xff, decimal);
    }
    case How::Bits:
      out = read_big_endian(bytes);
      return bytes.size() <= 8;
    case How::Year:
      out = bytes[0] == 0 ? std::uint64_t{0} : std::uint64_t{1900} + bytes[0];
      return true;
    case How::Text:
      text(bytes, out);
      return true;
    case How::Binary:
      bytes_slot(out, bytes);
      return true;
    default:
      return decode_other(bytes, out);
  }
}

bool ValueDecoder::decode_other(ByteView bytes, ColumnValue& out) const {
  switch (how_) {
    case How::Enum:
    case How::Set:
      return members(bytes, out);
    case How::FixedBinary: {  // the log leaves out the zeros at its end
      const std::size_t size = string_metadata(column_->metadata).length;
      if (bytes.size() > size) return false;
      bytes_slot(out, bytes).resize(size);
      return true;
    }
    case How::Compressed: {
      Bytes whole;
      if (!uncompress_column(bytes, whole)) return false;
      text(whole, out);
      return true;
    }
    case How::Json: {
      std::string& json = slot<JsonText>(out).text;
      json.clear();
      return append_json(bytes, json).ok();
    }
    case How::Geometry:
      return geometry(bytes, out);
    case How::Inet:
      return append_inet(bytes, column_->form == BinaryForm::Inet4 ? 4 : 16, text_slot(out));
    case How::Uuid:
      return append_uuid(bytes, text_slot(out));
    default:
      return decode_time(bytes, out);
  }
}

bool ValueDecoder::decode_time(ByteView bytes, ColumnValue& out) const {
  const auto digits = static_cast<std::uint8_t>(column_->metadata);
  switch (how_) {
    case How::Date:
      out = read_date(little_endian(bytes));
      return true;
    case How::DateTime:
      out = read_datetime2(bytes, digits);
      return true;
    case How::Time:
      out = read_time2(bytes, digits);
      return true;
    case How::Timestamp:
      out = read_timestamp2(bytes, digits);
      return true;
    case How::OldDateTime:
      out = read_old_datetime(little_endian(bytes));
      return true;
    case How::OldTime:
      out = read_old_time(signed_of(bytes));
      return true;
    case How::OldTimestamp:
      out = UnixTime{static_cast<std::int64_t>(little_endian(bytes)), 0, 0};
      return true;
    default:
      return false;
  }
}

bool ValueDecoder::members(ByteView bytes, ColumnValue& out) const {
  const std::vector<std::string>& names = column_->members;
  const std::uint64_t number = little_endian(bytes);
  if (names.empty()) {
    out = number;
    return true;
  }
  std::string& held = text_slot(out);
  if (how_ == How::Enum) {  // 0 is what the server has for a value that is none of the members
    if (number > names.size()) return false;
    if (number > 0) held = names[number - 1];
    return true;
  }
  if (names.size() < 64 && number >> names.size() != 0) return false;
  for (std::size_t i = 0; i < names.size() && i < 64; ++i) {
    if ((number >> i & 1) == 0) continue;
    if (!held.empty()) held += ',';
    held += names[i];
  }
  return true;
}

}  // namespace understudy::replication

#include "replication/row_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "replication/bitmap.h"
#include "replication/value_layout.h"

namespace understudy::replication {
namespace {

using protocol::ColumnType;

constexpr std::uint64_t kColumnsMax = 65535;

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, fmt::format("malformed binary log event: {}", what));
}

// How many bytes of metadata a table map has for a type.
std::size_t metadata_size(std::uint8_t type) {
  switch (type) {
    case log_type::kTimestamp2:
    case log_type::kDateTime2:
    case log_type::kTime2:
    case log_type::kBlobCompressed:
    case log_type::kVector:
      return 1;
    case log_type::kVarCharCompressed:
      return 2;
    default:
      break;
  }
  switch (static_cast<ColumnType>(type)) {
    case ColumnType::Float:
    case ColumnType::Double:
    case ColumnType::TinyBlob:
    case ColumnType::MediumBlob:
    case ColumnType::LongBlob:
    case ColumnType::Blob:
    case ColumnType::Geometry:
    case ColumnType::Json:
      return 1;
    case ColumnType::VarChar:
    case ColumnType::VarString:
    case ColumnType::String:
    case ColumnType::Enum:
    case ColumnType::Set:
    case ColumnType::NewDecimal:
    case ColumnType::Bit:
      return 2;
    default:
      return 0;
  }
}

// The length of VARCHAR is little-endian; for the other types the first byte comes first.
std::uint16_t read_metadata(std::uint8_t type, ByteReader& reader) {
  const bool little_endian = type == static_cast<std::uint8_t>(ColumnType::VarChar) ||
                             type == static_cast<std::uint8_t>(ColumnType::VarString) ||
                             type == log_type::kVarCharCompressed;
  const std::size_t size = metadata_size(type);
  if (size == 0) return 0;
  if (size == 1) return reader.u8();
  if (little_endian) return reader.u16();
  const std::uint8_t first = reader.u8();
  return static_cast<std::uint16_t>(first << 8 | reader.u8());
}

std::size_t count_bits(ByteView bitmap, std::size_t size) {
  std::size_t bits = 0;
  for (std::size_t i = 0; i < size; ++i)
    bits += bit_at(bitmap, i) ? 1 : 0;
  return bits;
}

bool is_whole_number(std::uint8_t type) {
  switch (static_cast<ColumnType>(type)) {
    case ColumnType::Tiny:
    case ColumnType::Short:
    case ColumnType::Int24:
    case ColumnType::Long:
    case ColumnType::LongLong:
      return true;
    default:
      return false;
  }
}

// What stands before an image that may hold changes of documents; see partial_row.cpp.
void skip_partial_head(const TableFormat& table, ByteReader& reader) {
  if ((protocol::read_lenenc(reader) & 1) == 0) return;
  const auto documents = std::ranges::count(
      table.columns, static_cast<std::uint8_t>(ColumnType::Json), &ColumnFormat::type);
  reader.take(bitmap_size(static_cast<std::size_t>(documents)));
}

// Consumes one image: a bit for each column that it has, set for NULL, then the other values. False
// if a column's size is not known.
bool skip_image(const TableFormat& table, ByteView present, std::size_t present_count,
                ByteReader& reader) {
  const ByteView nulls = reader.take((present_count + 7) / 8);
  if (reader.failed()) return true;
  std::size_t index = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!bit_at(present, i)) continue;
    if (bit_at(nulls, index++)) continue;
    const std::optional<std::size_t> size = value_size(table.columns[i], reader.rest());
    if (!size) return false;
    reader.take(*size);
    if (reader.failed()) return true;
  }
  return true;
}

}  // namespace

std::optional<std::size_t> value_size(const ColumnFormat& column, ByteView bytes) {
  const std::optional<ValueLayout> layout = layout_of(column);
  if (!layout) return std::nullopt;
  if (layout->prefix == 0) return layout->fixed;
  ByteReader reader(bytes);
  return layout->prefix + static_cast<std::size_t>(reader.integer(layout->prefix));
}

Result<std::vector<ColumnFormat>> read_columns(ByteReader& reader) {
  const std::uint64_t count = protocol::read_lenenc(reader);
  if (reader.failed() || count > kColumnsMax) return malformed("the columns of a table map");
  std::vector<ColumnFormat> columns(count);
  for (ColumnFormat& column : columns)
    column.type = reader.u8();
  ByteReader metadata(protocol::read_lenenc_bytes(reader));
  for (ColumnFormat& column : columns)
    column.metadata = read_metadata(column.type, metadata);
  const ByteView nullable = reader.take((columns.size() + 7) / 8);
  if (reader.failed() || metadata.failed() || metadata.remaining() > 0) {
    return malformed("the columns of a table map");
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i].nullable = bit_at(nullable, i);
  return columns;
}

std::vector<std::optional<std::uint64_t>> first_whole_numbers(const TableFormat& table,
                                                              ByteView present, ByteView images) {
  std::vector<std::optional<std::uint64_t>> numbers(table.columns.size());
  if (present.size() != (table.columns.size() + 7) / 8) return {};
  ByteReader reader(images);
  const ByteView nulls = reader.take((count_bits(present, table.columns.size()) + 7) / 8);
  std::size_t index = 0;
  for (std::size_t i = 0; i < table.columns.size() && !reader.failed(); ++i) {
    if (!bit_at(present, i)) continue;
    const std::size_t bit = index++;
    if (bit_at(nulls, bit)) continue;
    const ColumnFormat& column = table.columns[i];
    const std::optional<std::size_t> size = value_size(column, reader.rest());
    if (!size) return {};
    if (is_whole_number(column.type)) {
      numbers[i] = reader.integer(*size);
    } else {
      reader.take(*size);
    }
  }
  if (reader.failed()) return {};
  return numbers;
}

Result<std::optional<std::uint64_t>> count_rows(const TableFormat& table,
                                                std::span<const ByteView> present, ByteView images,
                                                bool partial) {
  const std::size_t bitmap_size = (table.columns.size() + 7) / 8;
  std::vector<std::size_t> present_count;
  for (const ByteView bitmap : present) {
    if (bitmap.size() != bitmap_size) return malformed("the columns of a row event");
    present_count.push_back(count_bits(bitmap, table.columns.size()));
  }
  ByteReader reader(images);
  std::uint64_t count = 0;
  std::size_t which = 0;
  while (reader.remaining() > 0) {
    const std::size_t before = reader.remaining();
    if (partial && which == 1) skip_partial_head(table, reader);
    if (!skip_image(table, present[which], present_count[which], reader)) {
      return std::optional<std::uint64_t>();
    }
    if (reader.failed()) return malformed("a row that is too short");
    // Only images without any column take no bytes, and then nothing says how many there are.
    if (reader.remaining() == before) return malformed("a row without columns");
    ++count;
    which = (which + 1) % present.size();
  }
  if (which != 0) return malformed("half of an updated row");
  return std::optional<std::uint64_t>(count / present.size());
}

}  // namespace understudy::replication

#include "replication/table_metadata.h"

#include <algorithm>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "replication/value_layout.h"

// metadata := field…
// field    := type:u8 length:lenenc body
// A body has an entry for each column of the kind that the field is about, in their order.
namespace understudy::replication {
namespace {

using protocol::ColumnType;
using protocol::read_lenenc;
using protocol::read_lenenc_bytes;

enum class Field : std::uint8_t {
  Signedness = 1,
  DefaultCharset = 2,
  ColumnCharset = 3,
  ColumnName = 4,
  SetMembers = 5,
  EnumMembers = 6,
  GeometryType = 7,
  PrimaryKey = 8,
  PrimaryKeyWithPrefix = 9,
  EnumAndSetDefaultCharset = 10,
  EnumAndSetColumnCharset = 11,
  Visibility = 12,
  VectorDimensions = 13,
};

using Columns = std::vector<ColumnFormat*>;

ColumnType real_type(const ColumnFormat& column) {
  const auto type = static_cast<ColumnType>(column.type);
  if (type != ColumnType::String) return type;
  return static_cast<ColumnType>(string_metadata(column.metadata).real_type);
}

bool is_number(const ColumnFormat& column) {
  switch (static_cast<ColumnType>(column.type)) {
    case ColumnType::Tiny:
    case ColumnType::Short:
    case ColumnType::Int24:
    case ColumnType::Long:
    case ColumnType::LongLong:
    case ColumnType::Year:
    case ColumnType::NewDecimal:
    case ColumnType::Float:
    case ColumnType::Double:
      return true;
    default:
      return false;
  }
}

bool is_enum(const ColumnFormat& column) {
  return real_type(column) == ColumnType::Enum;
}

bool is_set(const ColumnFormat& column) {
  return real_type(column) == ColumnType::Set;
}

bool is_enum_or_set(const ColumnFormat& column) {
  return is_enum(column) || is_set(column);
}

bool is_text(const ColumnFormat& column) {
  if (column.type == log_type::kBlobCompressed || column.type == log_type::kVarCharCompressed ||
      column.type == log_type::kVector) {
    return true;
  }
  switch (real_type(column)) {
    case ColumnType::String:
    case ColumnType::VarString:
    case ColumnType::VarChar:
    case ColumnType::Blob:
    case ColumnType::TinyBlob:
    case ColumnType::MediumBlob:
    case ColumnType::LongBlob:
      return true;
    default:
      return false;
  }
}

bool is_geometry(const ColumnFormat& column) {
  return static_cast<ColumnType>(column.type) == ColumnType::Geometry;
}

bool is_vector(const ColumnFormat& column) {
  return column.type == log_type::kVector;
}

bool is_text_of_mariadb(const ColumnFormat& column) {
  return is_text(column) || is_geometry(column);
}

bool is_any(const ColumnFormat& /*column*/) {
  return true;
}

Columns columns_that(TableFormat& table, bool (*belongs)(const ColumnFormat&)) {
  Columns columns;
  for (ColumnFormat& column : table.columns)
    if (belongs(column)) columns.push_back(&column);
  return columns;
}

// A bit each, the highest of a byte first.
void read_bits(ByteReader& body, const Columns& columns, std::optional<bool> ColumnFormat::*flag) {
  const ByteView bits = body.take((columns.size() + 7) / 8);
  if (body.failed()) return;
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i]->*flag = (bits[i / 8] >> (7 - i % 8) & 1) != 0;
}

void set_collation(ColumnFormat& column, std::uint64_t collation) {
  column.collation = static_cast<std::uint32_t>(collation);
  column.character_set = character_set_of(column.collation);
}

// The collation that most have, then the others: index among `columns`, collation.
void read_default_charset(ByteReader& body, const Columns& columns) {
  const std::uint64_t usual = read_lenenc(body);
  for (ColumnFormat* column : columns)
    set_collation(*column, usual);
  while (body.remaining() > 0) {
    const std::uint64_t index = read_lenenc(body);
    const std::uint64_t collation = read_lenenc(body);
    if (body.failed()) return;
    if (index >= columns.size()) return body.fail();
    set_collation(*columns[index], collation);
  }
}

void read_members(ByteReader& body, const Columns& columns) {
  for (ColumnFormat* column : columns) {
    const std::uint64_t count = read_lenenc(body);
    column->members.clear();
    for (std::uint64_t i = 0; i < count && !body.failed(); ++i)
      column->members.emplace_back(as_text(read_lenenc_bytes(body)));
  }
}

void read_key(ByteReader& body, bool with_prefix, TableFormat& table) {
  std::vector<KeyPart> key;
  while (body.remaining() > 0) {
    const std::uint64_t column = read_lenenc(body);
    const std::uint64_t prefix = with_prefix ? read_lenenc(body) : 0;
    if (column >= table.columns.size()) return body.fail();
    key.push_back({static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(prefix)});
  }
  table.primary_key = std::move(key);
}

template <typename Set>
void read_numbers(ByteReader& body, const Columns& columns, Set set) {
  for (ColumnFormat* column : columns)
    set(*column, read_lenenc(body));
}

void read_names(ByteReader& body, const Columns& columns) {
  for (ColumnFormat* column : columns) {
    column->name.clear();
    append_utf8(CharacterSet::Utf8, read_lenenc_bytes(body), column->name);
  }
}

void read_field(Field field, ByteReader& body, Flavour flavour, TableFormat& table) {
  const auto is_textual = flavour == Flavour::MariaDb ? is_text_of_mariadb : is_text;
  switch (field) {
    case Field::Signedness:
      return read_bits(body, columns_that(table, is_number), &ColumnFormat::is_unsigned);
    case Field::DefaultCharset:
      return read_default_charset(body, columns_that(table, is_textual));
    case Field::ColumnCharset:
      return read_numbers(body, columns_that(table, is_textual), set_collation);
    case Field::EnumAndSetDefaultCharset:
      return read_default_charset(body, columns_that(table, is_enum_or_set));
    case Field::EnumAndSetColumnCharset:
      return read_numbers(body, columns_that(table, is_enum_or_set), set_collation);
    case Field::ColumnName:
      return read_names(body, columns_that(table, is_any));
    case Field::SetMembers:
      return read_members(body, columns_that(table, is_set));
    case Field::EnumMembers:
      return read_members(body, columns_that(table, is_enum));
    case Field::GeometryType:
      return read_numbers(body, columns_that(table, is_geometry),
                          [](ColumnFormat& column, std::uint64_t type) {
                            column.geometry = static_cast<std::uint32_t>(type);
                          });
    case Field::PrimaryKey:
      return read_key(body, false, table);
    case Field::PrimaryKeyWithPrefix:
      return read_key(body, true, table);
    case Field::Visibility:
      return read_bits(body, columns_that(table, is_any), &ColumnFormat::visible);
    case Field::VectorDimensions:
      return read_numbers(body, columns_that(table, is_vector),
                          [](ColumnFormat& column, std::uint64_t dimensions) {
                            column.dimensions = static_cast<std::uint32_t>(dimensions);
                          });
  }
}

// Members are logged in the column's character set, which may come behind them. They become valid
// UTF-8 even where that is not known.
void convert_members(TableFormat& table) {
  for (ColumnFormat& column : table.columns) {
    for (std::string& member : column.members) {
      std::string text;
      if (!append_utf8(column.character_set, as_bytes(member), text)) {
        append_utf8(CharacterSet::Utf8, as_bytes(member), text);
      }
      member = std::move(text);
    }
  }
}

}  // namespace

Result<void> read_table_metadata(ByteView bytes, Flavour flavour, TableFormat& table) {
  ByteReader reader(bytes);
  bool has_names = false;
  while (reader.remaining() > 0) {
    const auto field = static_cast<Field>(reader.u8());
    ByteReader body(read_lenenc_bytes(reader));
    read_field(field, body, flavour, table);
    if (reader.failed() || body.failed()) {
      return make_error(ErrorKind::Malformed,
                        "malformed binary log event: the metadata of a table map");
    }
    has_names |= field == Field::ColumnName;
  }
  convert_members(table);
  // Names are logged together with the key, if there is one.
  if (has_names && !table.primary_key) table.primary_key.emplace();
  return {};
}

}  // namespace understudy::replication

#include "replication/table_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/constants.h"
#include "replication/column_type_text.h"
#include "replication/value_layout.h"

namespace understudy::replication {
namespace {

using protocol::ColumnType;

struct SimpleType {
  std::string_view name;
  ColumnType type;
};

// Types whose metadata need no look.
constexpr std::array kSimple = {
    SimpleType{"tinyint", ColumnType::Tiny},
    SimpleType{"smallint", ColumnType::Short},
    SimpleType{"mediumint", ColumnType::Int24},
    SimpleType{"int", ColumnType::Long},
    SimpleType{"bigint", ColumnType::LongLong},
    SimpleType{"float", ColumnType::Float},
    SimpleType{"double", ColumnType::Double},
    SimpleType{"year", ColumnType::Year},
    SimpleType{"date", ColumnType::Date},
    SimpleType{"json", ColumnType::Json},
    SimpleType{"geometry", ColumnType::Geometry},
    SimpleType{"point", ColumnType::Geometry},
    SimpleType{"linestring", ColumnType::Geometry},
    SimpleType{"polygon", ColumnType::Geometry},
    SimpleType{"multipoint", ColumnType::Geometry},
    SimpleType{"multilinestring", ColumnType::Geometry},
    SimpleType{"multipolygon", ColumnType::Geometry},
    SimpleType{"geometrycollection", ColumnType::Geometry},
    SimpleType{"geomcollection", ColumnType::Geometry},
};

std::uint32_t argument(const ColumnTypeText& text, std::size_t index, std::uint32_t otherwise) {
  return index < text.arguments.size() ? text.arguments[index] : otherwise;
}

bool is_blob(std::string_view name) {
  return name.ends_with("blob") || name.ends_with("text");
}

bool fits_blob(const ColumnFormat& column, std::string_view name) {
  const std::uint16_t size = name.starts_with("tiny")     ? 1
                             : name.starts_with("medium") ? 3
                             : name.starts_with("long")   ? 4
                                                          : 2;
  return static_cast<ColumnType>(column.type) == ColumnType::Blob && column.metadata == size;
}

// How many bytes the column may have, in which the log counts.
std::uint32_t size_in_bytes(const ColumnTypeText& text, const ColumnDefinition& definition) {
  const bool three_bytes =
      definition.character_set == "utf8mb3" || definition.character_set == "utf8";
  const auto per_character = static_cast<std::uint32_t>(
      three_bytes ? 3 : character_bytes_max(character_set_named(definition.character_set)));
  return argument(text, 0, 1) * per_character;
}

bool fits_string(const ColumnFormat& column, ColumnType real_type, std::uint32_t length) {
  if (static_cast<ColumnType>(column.type) != ColumnType::String) return false;
  const StringMetadata metadata = string_metadata(column.metadata);
  return static_cast<ColumnType>(metadata.real_type) == real_type && metadata.length == length;
}

// With a fraction of the right length; the old forms do not say theirs.
bool fits_time(const ColumnFormat& column, std::string_view name, std::uint32_t digits) {
  const std::uint8_t now = name == "time"       ? log_type::kTime2
                           : name == "datetime" ? log_type::kDateTime2
                                                : log_type::kTimestamp2;
  const ColumnType before = name == "time"       ? ColumnType::Time
                            : name == "datetime" ? ColumnType::DateTime
                                                 : ColumnType::Timestamp;
  if (static_cast<ColumnType>(column.type) == before) return true;
  return column.type == now && column.metadata == digits;
}

std::uint32_t set_size(std::size_t members) {
  const std::size_t bytes = (members + 7) / 8;
  return static_cast<std::uint32_t>(bytes > 4 ? 8 : bytes);
}

bool fits(const ColumnFormat& column, const ColumnTypeText& text,
          const ColumnDefinition& definition) {
  const auto type = static_cast<ColumnType>(column.type);
  const std::string_view name = text.name;
  if (text.compressed) {
    return column.type ==
           (is_blob(name) ? log_type::kBlobCompressed : log_type::kVarCharCompressed);
  }
  const auto* const simple = std::ranges::find(kSimple, name, &SimpleType::name);
  if (simple != kSimple.end()) {
    return type == simple->type || (name == "date" && column.type == log_type::kNewDate);
  }
  if (name == "decimal") {
    return type == ColumnType::NewDecimal &&
           column.metadata == (argument(text, 0, 10) << 8 | argument(text, 1, 0));
  }
  if (name == "bit") {
    const std::uint32_t bits = argument(text, 0, 1);
    return type == ColumnType::Bit && column.metadata == ((bits % 8) << 8 | bits / 8);
  }
  if (name == "time" || name == "datetime" || name == "timestamp") {
    return fits_time(column, name, argument(text, 0, 0));
  }
  if (is_blob(name)) return fits_blob(column, name);
  if (name == "varchar" || name == "varbinary") {
    return type == ColumnType::VarChar && column.metadata == size_in_bytes(text, definition);
  }
  if (name == "char" || name == "binary") {
    return fits_string(column, ColumnType::String, size_in_bytes(text, definition));
  }
  if (name == "enum") {
    return fits_string(column, ColumnType::Enum, text.members.size() > 255 ? 2 : 1);
  }
  if (name == "set") return fits_string(column, ColumnType::Set, set_size(text.members.size()));
  if (name == "inet4") return fits_string(column, ColumnType::String, 4);
  if (name == "inet6" || name == "uuid") return fits_string(column, ColumnType::String, 16);
  return name == "vector" && (column.type == log_type::kVector || type == ColumnType::VarChar);
}

BinaryForm form_of(std::string_view name) {
  if (name == "inet4") return BinaryForm::Inet4;
  if (name == "inet6") return BinaryForm::Inet6;
  return name == "uuid" ? BinaryForm::Uuid : BinaryForm::Plain;
}

bool has_characters(const ColumnTypeText& text) {
  return is_blob(text.name) || text.name.ends_with("char") || text.name.ends_with("binary") ||
         text.name == "vector";
}

// What the log says itself and is another there.
std::string_view contradiction(const ColumnFormat& logged, const ColumnFormat& defined) {
  if (!logged.name.empty() && logged.name != defined.name) return "name";
  if (logged.is_unsigned && logged.is_unsigned != defined.is_unsigned) return "sign";
  if (!logged.members.empty() && logged.members != defined.members) return "members";
  if (logged.character_set != CharacterSet::Unknown &&
      logged.character_set != defined.character_set) {
    return "character set";
  }
  return {};
}

ColumnFormat define(const ColumnFormat& logged, const ColumnTypeText& text,
                    const ColumnDefinition& definition) {
  ColumnFormat column = logged;
  column.name = definition.name;
  if (logged.is_unsigned || text.is_unsigned || text.name.ends_with("int")) {
    column.is_unsigned = text.is_unsigned || text.name == "year";
  }
  column.visible = !definition.invisible;
  column.generated = definition.generated;
  column.form = form_of(text.name);
  if (!definition.character_set.empty()) {
    column.character_set = character_set_named(definition.character_set);
  } else if (has_characters(text)) {
    column.character_set = CharacterSet::Binary;
  }
  column.members = text.members;
  const auto type = static_cast<ColumnType>(column.type);
  if (type == ColumnType::Time || type == ColumnType::DateTime || type == ColumnType::Timestamp) {
    column.old_digits = static_cast<std::uint8_t>(std::min(argument(text, 0, 0), 6u));
  }
  return column;
}

std::vector<KeyPart> key_of(const TableDefinition& definition) {
  std::vector<std::pair<std::uint32_t, KeyPart>> parts;
  parts.reserve(definition.columns.size());
  for (std::uint32_t i = 0; i < definition.columns.size(); ++i) {
    const ColumnDefinition& column = definition.columns[i];
    if (column.key_position > 0) parts.push_back({column.key_position, {i, column.key_prefix}});
  }
  std::ranges::sort(parts, {}, [](const auto& part) { return part.first; });
  std::vector<KeyPart> key;
  key.reserve(parts.size());
  for (const auto& part : parts)
    key.push_back(part.second);
  return key;
}

}  // namespace

Result<TableFormat> complete(const TableFormat& logged, const TableDefinition& definition) {
  const auto misfit = [&](std::string_view what) {
    return make_error(ErrorKind::Invalid,
                      fmt::format("the definition of table {}.{} does not fit the binary log: {}",
                                  logged.schema, logged.name, what));
  };
  if (logged.columns.size() != definition.columns.size()) {
    return misfit(fmt::format("it has {} columns, the log {}", definition.columns.size(),
                              logged.columns.size()));
  }
  TableFormat table = logged;
  for (std::size_t i = 0; i < logged.columns.size(); ++i) {
    const ColumnDefinition& column = definition.columns[i];
    Result<ColumnTypeText> text = parse_column_type(column.type);
    if (!text) return misfit(text.error().message);
    if (!fits(logged.columns[i], *text, column)) {
      return misfit(fmt::format("column {} ({}) is {}, and logged as type {} with metadata {}",
                                i + 1, column.name, column.type, logged.columns[i].type,
                                logged.columns[i].metadata));
    }
    table.columns[i] = define(logged.columns[i], *text, column);
    const std::string_view what = contradiction(logged.columns[i], table.columns[i]);
    if (!what.empty()) {
      return misfit(fmt::format("column {} ({}) has another {}", i + 1, column.name, what));
    }
  }
  table.primary_key = key_of(definition);
  return table;
}

}  // namespace understudy::replication

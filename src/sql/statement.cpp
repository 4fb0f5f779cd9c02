#include "sql/statement.h"

#include <algorithm>
#include <charconv>

#include "sql/lexer.h"

namespace understudy::sql {

TableList& TableList::operator=(const TableList& other) {
  if (this == &other) return *this;
  std::copy_n(other.tables_.begin(), other.size_, tables_.begin());
  size_ = other.size_;
  overflow_ = other.overflow_;
  return *this;
}

void TableList::add(TableName table) {
  const auto same = [&](const TableName& other) {
    return other.schema == table.schema && other.name == table.name;
  };
  if (std::any_of(tables_.begin(), tables_.begin() + static_cast<std::ptrdiff_t>(size_), same))
    return;
  if (size_ == kCapacity) {
    overflow_ = true;
    return;
  }
  tables_[size_++] = table;
}

void TableList::set_default_schema(std::string_view schema) {
  for (std::size_t i = 0; i < size_; ++i)
    if (tables_[i].schema.empty()) tables_[i].schema = schema;
}

std::string_view to_string(StatementClass kind) {
  switch (kind) {
    case StatementClass::Read:
      return "read";
    case StatementClass::Session:
      return "session";
    case StatementClass::Primary:
      return "primary";
    case StatementClass::Pin:
      return "pin";
  }
  return "primary";
}

Modes modes_of(std::string_view sql_mode, std::string_view character_set_client) {
  constexpr std::uint64_t kAnsiQuotes = 4;
  constexpr std::uint64_t kNoBackslashEscapes = 1u << 20;
  Modes modes;
  for (const std::string_view name : {"big5", "cp932", "gbk", "gb18030", "sjis"})
    modes.multibyte_quotes |= equals_ignoring_case(character_set_client, name);
  std::uint64_t bits = 0;
  const char* end = sql_mode.data() + sql_mode.size();
  if (const auto number = std::from_chars(sql_mode.data(), end, bits);
      number.ec == std::errc{} && number.ptr == end) {
    modes.ansi_quotes = (bits & kAnsiQuotes) != 0;
    modes.no_backslash_escapes = (bits & kNoBackslashEscapes) != 0;
    return modes;
  }
  while (!sql_mode.empty()) {
    const std::size_t comma = sql_mode.find(',');
    const std::string_view name = sql_mode.substr(0, comma);
    sql_mode.remove_prefix(comma == std::string_view::npos ? sql_mode.size() : comma + 1);
    for (const std::string_view ansi :
         {"ansi_quotes", "ansi", "oracle", "mssql", "db2", "maxdb", "postgresql"})
      modes.ansi_quotes |= equals_ignoring_case(name, ansi);
    modes.no_backslash_escapes |= equals_ignoring_case(name, "no_backslash_escapes");
  }
  return modes;
}

}  // namespace understudy::sql

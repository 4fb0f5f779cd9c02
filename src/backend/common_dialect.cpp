#include "backend/common_dialect.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/text_query.h"

namespace understudy::backend {
namespace {

std::size_t column_of(const TextResult& result, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(result.columns, name) - result.columns.begin());
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name)
    quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
}

double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string bounded_lock_wait(Duration timeout) {
  return fmt::format("SET SESSION lock_wait_timeout={}",
                     std::max(1, static_cast<int>(to_seconds(timeout))));
}

bool any_is(const TextResult& result, std::string_view column, std::string_view value) {
  const std::size_t index = column_of(result, column);
  return std::ranges::any_of(
      result.rows, [&](const auto& row) { return index < row.size() && row[index] == value; });
}

bool any_but(const TextResult& result, std::string_view column, std::string_view value) {
  const std::size_t index = column_of(result, column);
  return std::ranges::any_of(
      result.rows, [&](const auto& row) { return index >= row.size() || row[index] != value; });
}

bool CommonDialect::without_filters(const TextResult& status) const {
  return status.rows.size() == 1 && status.first("Binlog_Do_DB").value_or("").empty() &&
         status.first("Binlog_Ignore_DB").value_or("").empty();
}

std::string CommonDialect::cascades() const {
  return "SELECT UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME, CONSTRAINT_SCHEMA, TABLE_NAME "
         "FROM information_schema.REFERENTIAL_CONSTRAINTS "
         "WHERE DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION') "
         "OR UPDATE_RULE NOT IN ('RESTRICT', 'NO ACTION')";
}

std::string CommonDialect::table_facts(std::string_view schema, std::string_view table) const {
  return fmt::format(
      "SELECT t.TABLE_TYPE, t.ENGINE, c.COLUMN_NAME, c.ORDINAL_POSITION, c.DATA_TYPE, "
      "c.COLUMN_TYPE, "
      "c.GENERATION_EXPRESSION, k.SEQ_IN_INDEX FROM information_schema.TABLES t "
      "JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA "
      "AND c.TABLE_NAME = t.TABLE_NAME "
      "LEFT JOIN information_schema.STATISTICS k ON k.TABLE_SCHEMA = t.TABLE_SCHEMA "
      "AND k.TABLE_NAME = t.TABLE_NAME AND k.INDEX_NAME = 'PRIMARY' "
      "AND k.COLUMN_NAME = c.COLUMN_NAME "
      "WHERE t.TABLE_SCHEMA = {0} AND t.TABLE_NAME = {1} AND c.TABLE_SCHEMA = {0} "
      "AND c.TABLE_NAME = {1} ORDER BY c.ORDINAL_POSITION",
      quoted(schema), quoted(table));
}

std::string CommonDialect::columns(std::string_view schema, std::string_view table) const {
  return fmt::format("SHOW COLUMNS FROM {}.{}", quoted_name(schema), quoted_name(table));
}

Result<Dialect::NumberedColumn> CommonDialect::numbered_column(const TextResult& columns,
                                                               std::size_t column_count) const {
  constexpr std::size_t kField = 0;
  constexpr std::size_t kExtra = 5;
  NumberedColumn found;
  for (std::size_t i = 0; i < columns.rows.size(); ++i) {
    const auto& row = columns.rows[i];
    if (row.size() <= kExtra) break;
    if (row[kExtra].value_or("").find("auto_increment") == std::string::npos) continue;
    found = {i, row[kField].value_or("")};
    std::ranges::transform(found.name, found.name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
  }
  if (columns.rows.size() != column_count)
    return make_error(ErrorKind::Malformed, "the table has other columns than the log says");
  return found;
}

std::string CommonDialect::kill(std::string_view connection) const {
  return fmt::format("KILL CONNECTION {}", connection);
}

const Dialect& dialect_of(replication::Flavour flavour) {
  return flavour == replication::Flavour::MySql ? mysql_dialect() : mariadb_dialect();
}

const Dialect& dialect_of_version(std::string_view server_version) {
  return server_version.find("MariaDB") == std::string_view::npos ? mysql_dialect()
                                                                  : mariadb_dialect();
}

}  // namespace understudy::backend

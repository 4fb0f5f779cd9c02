#include "app/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <vector>

namespace understudy::app {
namespace {

std::optional<char> hex_byte(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (text.size() != 2 || error != std::errc{} || stopped != end) return std::nullopt;
  return static_cast<char>(value);
}

std::vector<std::string> table_names(const sql::Classification& statement) {
  std::vector<std::string> names;
  for (const sql::TableName& table : statement.tables.tables()) {
    names.push_back(table.schema.empty() ? std::string(table.name)
                                         : fmt::format("{}.{}", table.schema, table.name));
  }
  return names;
}

// Why its result must not be cached, or what a cached one depends on.
std::string cache_reason(const sql::Classification& statement, const sql::KeyPins& pins) {
  if (!statement.cache_obstacle.empty()) return std::string(statement.cache_obstacle);
  const std::string tables = fmt::format("{}", fmt::join(table_names(statement), ", "));
  std::vector<std::string_view> columns;
  for (const sql::KeyPin& pin : pins.pins())
    if (std::ranges::find(columns, pin.column) == columns.end()) columns.push_back(pin.column);
  if (columns.empty()) return fmt::format("rows of {}", tables);
  return fmt::format("one row of {} if {} {} its primary key (pins: {})", tables,
                     fmt::join(columns, " and "), columns.size() == 1 ? "is" : "are",
                     fmt::join(columns, ", "));
}

}  // namespace

std::optional<std::string> unescape(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (line[i] != '\\' || (next != 'n' && next != 't' && next != 'x' && next != '\\')) {
      text += line[i];
      continue;
    }
    ++i;
    if (next == 'x') {
      const auto byte = hex_byte(line.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      text += *byte;
      i += 2;
    } else {
      text += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
    }
  }
  return text;
}

std::string explain_json(const sql::Classification& statement, const sql::KeyPins& pins) {
  const nlohmann::ordered_json answer = {{"class", sql::to_string(statement.kind)},
                                         {"reason", statement.reason},
                                         {"tables", table_names(statement)},
                                         {"writes", statement.writes},
                                         {"cacheable", statement.cache_obstacle.empty()},
                                         {"cache_reason", cache_reason(statement, pins)}};
  // Names of tables may be any bytes.
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string explain_text(const sql::Classification& statement, const sql::KeyPins& pins) {
  std::string text = fmt::format("{}: {}", sql::to_string(statement.kind), statement.reason);
  if (statement.writes) text += "; it may write";
  const std::vector<std::string> tables = table_names(statement);
  if (!tables.empty()) text += fmt::format("; tables: {}", fmt::join(tables, ", "));
  const bool cacheable = statement.cache_obstacle.empty();
  return text + fmt::format("; {} {}", cacheable ? "may be cached: depends on" : "not cached:",
                            cache_reason(statement, pins));
}

}  // namespace understudy::app

#include "app/explain.h"

#include <fmt/format.h>

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

std::string explain_json(const sql::Classification& statement) {
  const nlohmann::ordered_json answer = {{"class", sql::to_string(statement.kind)},
                                         {"reason", statement.reason},
                                         {"tables", table_names(statement)},
                                         {"writes", statement.writes}};
  // Names of tables may be any bytes.
  return answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string explain_text(const sql::Classification& statement) {
  std::string text = fmt::format("{}: {}", sql::to_string(statement.kind), statement.reason);
  if (statement.writes) text += "; it may write";
  const std::vector<std::string> tables = table_names(statement);
  if (!tables.empty()) text += fmt::format("; tables: {}", fmt::join(tables, ", "));
  return text;
}

}  // namespace understudy::app

#include "feed/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace understudy::feed {
namespace {

Error invalid(std::string message) {
  return make_error(ErrorKind::Invalid, std::move(message));
}

Result<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const char* const end = digits.data() + digits.size();
    if (digits.size() != 2 || std::from_chars(digits.data(), end, value, 16).ptr != end)
      return invalid(fmt::format("\"{}\" is not percent-encoded", text.substr(i, 3)));
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

// The parameters by name. Error: Invalid for unknown ones, and for one that comes twice.
Result<std::map<std::string, std::string>> parse_query(std::string_view query) {
  std::map<std::string, std::string> found;
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::string_view name = part.substr(0, part.find('='));
    if (name.empty()) continue;
    constexpr std::string_view kKnown[] = {"tables", "columns", "where", "by", "from"};
    if (std::ranges::find(kKnown, name) == std::end(kKnown)) {
      return invalid(fmt::format("{} is not known; there are tables, columns, where, by and from",
                                 name.substr(0, 100)));
    }
    Result<std::string> value = decoded(part.substr(std::min(part.size(), name.size() + 1)));
    if (!value) return std::move(value).error();
    if (!found.emplace(name, std::move(value).value()).second)
      return invalid(fmt::format("{} is there twice", name));
  }
  return found;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Takes a name from the front: in backquotes, or up to a point or a comma. Nothing if it is empty
// or does not end.
std::optional<std::string> take_name(std::string_view& text) {
  std::string name;
  if (!text.starts_with('`')) {
    name = trimmed(text.substr(0, text.find_first_of(".,")));
    text.remove_prefix(std::min(text.size(), text.find_first_of(".,")));
  } else {
    std::size_t at = 1;
    for (; at < text.size(); ++at) {
      if (text[at] == '`' && text.substr(at + 1, 1) != "`") break;
      if (text[at] == '`') ++at;
      name += text[at];
    }
    if (at >= text.size()) return std::nullopt;
    text.remove_prefix(at + 1);
  }
  return name.empty() ? std::nullopt : std::optional(std::move(name));
}

// Lists of names with points between: "a.b, c". Nothing if it is none.
std::optional<std::vector<std::vector<std::string>>> parse_names(std::string_view text) {
  std::vector<std::vector<std::string>> names;
  while (true) {
    auto& parts = names.emplace_back();
    text = text.substr(std::min(text.size(), text.find_first_not_of(' ')));
    do {
      std::optional<std::string> part = take_name(text);
      if (!part || parts.size() == 3) return std::nullopt;
      parts.push_back(std::move(*part));
    } while (text.starts_with('.') && (text.remove_prefix(1), true));
    text = text.substr(std::min(text.size(), text.find_first_not_of(' ')));
    if (text.empty()) return names;
    if (!text.starts_with(',') || names.size() > kColumnsMax) return std::nullopt;
    text.remove_prefix(1);
  }
}

Result<std::vector<ColumnName>> parse_columns(std::string_view text) {
  std::vector<ColumnName> columns;
  if (trimmed(text).empty()) return columns;
  auto names = parse_names(text);
  if (!names || names->size() > kColumnsMax)
    return invalid("columns: write names with commas between, such as id,price,products.name");
  for (std::vector<std::string>& parts : *names) {
    ColumnName& column = columns.emplace_back();
    column.column = std::move(parts.back());
    if (parts.size() > 1) column.table = std::move(parts[parts.size() - 2]);
    if (parts.size() > 2) column.schema = std::move(parts.front());
  }
  return columns;
}

Error no_table(const ColumnName& column) {
  return invalid(
      fmt::format("the column {} belongs to none of the tables asked for", to_string(column)));
}

Result<void> check_columns(const Selection& selection) {
  const auto has_table = [&](const ColumnName& column) {
    return std::ranges::any_of(selection.tables,
                               [&](const TableId& table) { return is_of(column, table); });
  };
  for (const ColumnName& column : selection.columns)
    if (!has_table(column)) return no_table(column);
  for (const Comparison& comparison : selection.where)
    if (!has_table(comparison.column)) return no_table(comparison.column);
  return {};
}

Result<Selection> parse_selection(const std::map<std::string, std::string>& parameters) {
  const auto value = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
  };
  Selection selection;
  Result<std::vector<TableId>> tables = parse_tables(value("tables"));
  if (!tables) return std::move(tables).error();
  selection.tables = std::move(tables).value();
  Result<std::vector<ColumnName>> columns = parse_columns(value("columns"));
  if (!columns) return std::move(columns).error();
  selection.columns = std::move(columns).value();
  if (!trimmed(value("where")).empty()) {
    Result<Filter> filter = parse_filter(value("where"));
    if (!filter) return std::move(filter).error();
    selection.where = std::move(filter).value();
  }
  if (value("by") == "row")
    selection.by = Unit::Row;
  else if (!value("by").empty() && value("by") != "transaction")
    return invalid("by: write transaction or row");
  if (Result<void> right = check_columns(selection); !right) return right.error();
  return selection;
}

}  // namespace

Result<Request> parse_request(std::string_view query, std::string_view last_event_id) {
  Result<std::map<std::string, std::string>> parameters = parse_query(query);
  if (!parameters) return std::move(parameters).error();
  Result<Selection> selection = parse_selection(*parameters);
  if (!selection) return std::move(selection).error();
  Result<Start> start = parse_start(last_event_id.empty() ? (*parameters)["from"] : last_event_id);
  if (!start) return std::move(start).error();
  return Request{std::move(selection).value(), std::move(start).value()};
}

Result<std::vector<TableId>> parse_tables(std::string_view text) {
  const auto names = parse_names(text);
  if (!names) return invalid("tables: write schema.table, several with commas between");
  std::vector<TableId> tables;
  for (const std::vector<std::string>& parts : *names) {
    if (parts.size() != 2)
      return invalid(fmt::format("tables: write schema.table instead of {}", parts.front()));
    tables.push_back({parts[0], parts[1]});
  }
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  if (tables.size() > kTablesMax)
    return invalid(fmt::format("tables: at most {} in one subscription", kTablesMax));
  return tables;
}

Result<Start> parse_start(std::string_view text) {
  Start start;
  text = trimmed(text);
  if (text.empty() || text == "now") return start;
  if (text == "earliest") {
    start.kind = Start::Kind::Earliest;
    return start;
  }
  Result<EventId> after = parse_event_id(text);
  if (!after) return std::move(after).error();
  start.kind = Start::Kind::After;
  start.after = std::move(after).value();
  return start;
}

std::string to_string(const Selection& selection) {
  std::string text = selection.by == Unit::Row ? "row" : "transaction";
  const auto add = [&](std::string_view part) {
    text += fmt::format(" {}:{}", part.size(), part);  // a length, so that nothing runs together
  };
  for (const TableId& table : selection.tables) {
    add(table.schema);
    add(table.name);
  }
  const auto add_column = [&](const ColumnName& column) {
    add(column.schema);
    add(column.table);
    add(column.column);
  };
  text += " columns";
  for (const ColumnName& column : selection.columns)
    add_column(column);
  text += " where";
  for (const Comparison& comparison : selection.where) {
    add_column(comparison.column);
    text += fmt::format(" {} {}", static_cast<int>(comparison.with), comparison.literals.size());
    for (const Literal& literal : comparison.literals) {
      text += fmt::format(" {}", static_cast<int>(literal.kind));
      add(literal.text);
    }
  }
  return text;
}

std::string to_string(const TableId& table) {
  return fmt::format("{}.{}", table.schema, table.name);
}

bool is_of(const ColumnName& column, const TableId& table) {
  return (column.table.empty() || column.table == table.name) &&
         (column.schema.empty() || column.schema == table.schema);
}

std::string quoted_name(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + '`';
}

}  // namespace understudy::feed

#include "control/table_book.h"

#include <fmt/format.h>

namespace understudy::control {

std::optional<Result<replication::TableFormat>> TableBook::complete(
    const replication::TableFormat& logged) const {
  const auto found = definitions_.find({logged.schema, logged.name});
  if (found == definitions_.end()) return std::nullopt;
  Result<replication::TableFormat> completed = replication::complete(logged, found->second);
  if (!completed) {
    Error error = std::move(completed).error();
    error.message += "; with binlog_row_metadata=FULL the log itself names the columns";
    return Result<replication::TableFormat>(std::move(error));
  }
  return completed;
}

std::string TableBook::question(const feed::TableId& table) {
  return fmt::format(
      "SELECT COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA "
      "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} "
      "ORDER BY ORDINAL_POSITION",
      quoted_text(table.schema), quoted_text(table.name));
}

Result<bool> TableBook::note(const feed::TableId& table, const backend::TextResult& answer,
                             std::uint64_t asked_at) {
  if (asked_at != revision_) return false;
  constexpr std::size_t kColumns = 5;
  replication::TableDefinition definition{table.schema, table.name, {}};
  for (const auto& row : answer.rows) {
    if (row.size() != kColumns) return make_error(ErrorKind::Malformed, "an unexpected answer");
    replication::ColumnDefinition& column = definition.columns.emplace_back();
    column.name = row[0].value_or("");
    column.type = row[1].value_or("");
    column.character_set = row[2].value_or("");
    column.collation = row[3].value_or("");
    const std::string extra = row[4].value_or("");
    // Not MySQL's DEFAULT_GENERATED, a default that is an expression.
    column.generated = extra.find(" GENERATED") != std::string::npos;
    column.invisible = extra.find("INVISIBLE") != std::string::npos;
  }
  if (definition.columns.empty()) {
    return make_error(ErrorKind::Invalid,
                      fmt::format("the servers have no table {} now", feed::to_string(table)));
  }
  definitions_[table] = std::move(definition);
  return true;
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'' || c == '\\') quoted += c;
  }
  return quoted + '\'';
}

}  // namespace understudy::control

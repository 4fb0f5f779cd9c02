#include "feed/statement_effect.h"

#include <algorithm>
#include <array>
#include <optional>

#include "sql/lexer.h"
#include "sql/statement.h"

namespace understudy::feed {
namespace {

using Kind = StatementEffect::Kind;

constexpr char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, small, small);
}

// The words that a statement begins with.
struct Opening {
  std::array<std::string_view, 6> words{};
  std::size_t count = 0;

  [[nodiscard]] bool has(std::string_view word) const {
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
    return std::any_of(words.begin(), end, [&](auto each) { return same_name(each, word); });
  }
  [[nodiscard]] bool begins(std::string_view word) const {
    return count > 0 && same_name(words[0], word);
  }
};

Opening opening_of(std::string_view text) {
  Opening opening;
  sql::Lexer lexer(text, {});
  for (sql::Token token = lexer.next();
       token.kind == sql::TokenKind::Word && opening.count < opening.words.size();
       token = lexer.next())
    opening.words[opening.count++] = token.text;
  return opening;
}

bool changes_rights(const Opening& opening) {
  if (opening.begins("GRANT") || opening.begins("REVOKE")) return true;
  if (opening.begins("SET")) return opening.has("PASSWORD") || opening.has("ROLE");
  const bool definition = opening.begins("CREATE") || opening.begins("ALTER") ||
                          opening.begins("DROP") || opening.begins("RENAME");
  return definition && (opening.has("USER") || opening.has("ROLE"));
}

bool changes_definition(const Opening& opening) {
  return opening.begins("CREATE") || opening.begins("ALTER") || opening.begins("DROP") ||
         opening.begins("RENAME") || opening.begins("TRUNCATE");
}

// Of these only the first table that is named is changed; the others are read, or referred to.
bool changes_first_table_only(const Opening& opening) {
  return opening.begins("CREATE") || opening.begins("INSERT") || opening.begins("REPLACE") ||
         opening.begins("LOAD");
}

std::vector<TableId> in_schema(std::span<const TableId> wanted, std::string_view schema) {
  std::vector<TableId> found;
  std::ranges::copy_if(wanted, std::back_inserter(found),
                       [&](const TableId& table) { return same_name(table.schema, schema); });
  return found;
}

std::vector<TableId> named(std::span<const TableId> wanted,
                           std::span<const sql::TableName> tables) {
  std::vector<TableId> found;
  for (const TableId& table : wanted) {
    const bool is_named = std::ranges::any_of(tables, [&](const sql::TableName& name) {
      return same_name(name.name, table.name) && same_name(name.schema, table.schema);
    });
    if (is_named) found.push_back(table);
  }
  return found;
}

}  // namespace

StatementEffect effect_of(std::string_view text, std::string_view schema,
                          std::span<const TableId> wanted) {
  const Opening opening = opening_of(text);
  if (changes_rights(opening)) return {Kind::Rights, {}};
  sql::Classification what = sql::classify(text);
  const bool definition = changes_definition(opening);
  const bool rows = !definition && what.writes;
  if (!definition && !rows) return {};
  if (what.effects.has(sql::Effect::TemporaryTable)) return {};
  what.tables.set_default_schema(schema);
  auto tables = what.tables.tables();
  if (changes_first_table_only(opening) && !tables.empty()) tables = tables.first(1);
  StatementEffect effect{definition ? Kind::Definition : Kind::Rows, named(wanted, tables)};
  const bool of_schema = definition && (opening.has("DATABASE") || opening.has("SCHEMA"));
  if (of_schema || !what.tables.complete()) effect.tables = in_schema(wanted, schema);
  if (effect.tables.empty()) return {};
  return effect;
}

}  // namespace understudy::feed

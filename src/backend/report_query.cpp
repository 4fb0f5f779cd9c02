#include "backend/report_query.h"

#include <fmt/format.h>

#include "backend/results_question.h"
#include "sql/cursor.h"
#include "sql/variables.h"

namespace understudy::backend {
namespace {

using sql::Effect;

void append(std::string& list, std::string_view assignment) {
  list += list.empty() ? "SET " : ", ";
  list += assignment;
}

// LAST_INSERT_ID(x), not LAST_INSERT_ID()
bool gives_insert_id(std::string_view text, const sql::Modes& modes) {
  if (!sql::contains_ignoring_case(text, "last_insert_id")) return false;
  for (sql::Cursor cursor{sql::Lexer{text, modes}}; !cursor.at_end(); cursor.advance()) {
    if (!cursor.is_word("last_insert_id") || !cursor.next_is('(')) continue;
    cursor.advance();
    if (!cursor.next_is(')')) return true;
  }
  return false;
}

bool hides_insert_id(const Command& command, const ServerReport& report) {
  if (command.what->effects.has(Effect::SetsVariables)) return names_insert_id(command.text);
  if (report.rows && command.what->effects.has(Effect::ChangesRows)) return true;  // RETURNING
  const bool tells = !report.rows && report.row_count > 0;
  return command.what->effects.has(Effect::ReadsSessionResult) && !tells &&
         gives_insert_id(command.text, {});
}

// The variables that a SET names: of one that failed, if they are several; else, if one is written
// as @@name, which MariaDB 10.11 does not report.
void append_variables(std::string& list, std::string_view text, bool failed) {
  std::string found;
  std::size_t count = 0;
  bool unscoped = false;
  for (sql::Cursor cursor{sql::Lexer{text, {}}}; !cursor.at_end(); cursor.advance()) {
    const bool assigned = cursor.next_is('=') || cursor.next().token.kind == sql::TokenKind::Assign;
    if (!assigned) continue;
    ++count;
    const sql::Token& token = cursor.current().token;
    const std::string_view name = token.kind == sql::TokenKind::SystemVariable
                                      ? sql::split_scope(token.text).name
                                      : token.text;
    if (token.kind == sql::TokenKind::SystemVariable)
      unscoped = unscoped || sql::split_scope(token.text).scope == sql::VariableScope::None;
    const sql::VariableKind kind = sql::variable_kind(name);
    const bool known = kind == sql::VariableKind::Session || kind == sql::VariableKind::Autocommit;
    if (!known && (failed || kind != sql::VariableKind::Other)) continue;
    append(found, fmt::format("SESSION {0}=@@SESSION.{0}", name));
  }
  if ((failed ? count > 1 : unscoped) && !found.empty()) append(list, found.substr(4));
}

}  // namespace

std::string report_query(const Command& command, bool failed, const ServerReport& report) {
  std::string list;
  if (report.collation_unknown) append(list, "collation_connection=@@collation_connection");
  if (!failed && hides_insert_id(command, report)) append(list, "last_insert_id=LAST_INSERT_ID()");
  const sql::Effects effects = command.what->effects;
  const bool sets = effects.has(Effect::SetsVariables) || effects.has(Effect::ChangesAutocommit);
  if (sets && (failed || command.text.find("@@") != std::string_view::npos))
    append_variables(list, command.text, failed);
  return list;
}

}  // namespace understudy::backend

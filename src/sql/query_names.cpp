// What names, calls and variables in a query's expressions mean for its statement.
#include "sql/functions.h"
#include "sql/query.h"
#include "sql/variables.h"

namespace understudy::sql {

// A name in an expression: a column, an alias, or a function that is called.
void QueryScan::name() {
  bool qualified = cursor_.is(TokenKind::QuotedName);
  if (cursor_.current().keyword != Keyword::None) special_name();
  for (;;) {
    const Item item = cursor_.current();
    if (cursor_.next_is('(')) {
      call(qualified);
      return;
    }
    cursor_.advance();
    if (!cursor_.is('.')) {
      if (qualified && (equals_ignoring_case(item.token.text, "nextval") ||
                        equals_ignoring_case(item.token.text, "currval")))
        verdict_.doubt("may be a sequence");
      return;
    }
    cursor_.advance();
    qualified = true;
    if (!cursor_.is_name()) return;
  }
}

// Words that are functions without parentheses, and TIME as a type or before a literal.
void QueryScan::special_name() {
  switch (cursor_.current().keyword) {
    case Keyword::CurrentMoment:
      return verdict_.obstacle(kVariesByTime);
    case Keyword::CurrentAccount:
      return verdict_.obstacle(kVariesByAccount);
    case Keyword::Time: {
      const TokenKind next = cursor_.next().token.kind;
      const bool column_of_json = in_arguments() && next == TokenKind::Word;
      if (column_of_json || next == TokenKind::String) verdict_.obstacle(kVariesByDay);
      return;
    }
    default:
      return;
  }
}

// On the parenthesis behind the name of a pure function.
void QueryScan::check_variation(std::string_view function) {
  const std::string_view why = variation(function);
  if (why.empty()) return;
  if (equals_ignoring_case(function, "unix_timestamp") && !cursor_.next_is(')')) return;
  verdict_.obstacle(why);
}

void QueryScan::call(bool qualified) {
  const bool spaced = cursor_.next().token.space_before;
  const std::string_view function = cursor_.current().token.text;
  const FunctionKind kind = qualified ? FunctionKind::Unknown : function_kind(function);
  cursor_.advance();
  switch (kind) {
    case FunctionKind::Pure:
      return check_variation(function);
    case FunctionKind::PureAdjacent:
      if (spaced) verdict_.doubt("with a space before the parenthesis it is a stored function");
      return check_variation(function);
    case FunctionKind::Unknown:
      verdict_.classification().effects.add(Effect::CallsUnknown);
      return verdict_.doubt("calls a function that is not known to be pure");
    case FunctionKind::SessionResult:
      if (equals_ignoring_case(function, "found_rows"))
        verdict_.classification().effects.add(Effect::ReadsFoundRows);
      if (equals_ignoring_case(function, "row_count"))
        verdict_.classification().effects.add(Effect::ReadsRowCount);
      return verdict_.primary("asks about the session's last statement",
                              Effect::ReadsSessionResult);
    case FunctionKind::TakesLock:
      return verdict_.pin("takes a user lock", Effect::UserLock);
    case FunctionKind::ReleasesLock:
      return verdict_.primary("releases a user lock", Effect::ReleasesUserLock);
    case FunctionKind::Sequence:
      return verdict_.write("uses a sequence");
    case FunctionKind::OfServer:
      if (equals_ignoring_case(function, "connection_id"))
        verdict_.classification().effects.add(Effect::AsksConnectionId);
      return verdict_.primary("calls a function that differs by server");
  }
}

void QueryScan::user_variable() {
  cursor_.advance();
  verdict_.obstacle("reads a user variable");
  // Without a name, `@ x`: the server will refuse it.
  if (level().clause == Clause::ExpectTable) level().clause = Clause::AfterTable;
}

void QueryScan::system_variable() {
  const ScopedVariable variable = split_scope(cursor_.current().token.text);
  const VariableKind kind = variable_kind(variable.name);
  cursor_.advance();
  if (kind != VariableKind::Session)
    verdict_.obstacle("reads a variable that is not the session's alone");
  if (variable.scope == VariableScope::Global)
    return verdict_.primary("reads a global variable, which differs by server");
  const bool isolation = kind == VariableKind::Transaction &&
                         (equals_ignoring_case(variable.name, "tx_isolation") ||
                          equals_ignoring_case(variable.name, "transaction_isolation"));
  if (kind == VariableKind::Session || kind == VariableKind::Autocommit || isolation) return;
  if (kind == VariableKind::SessionResult)
    verdict_.classification().effects.add(Effect::ReadsWarnings);
  if (kind == VariableKind::SessionResult || kind == VariableKind::ResultUnmovable)
    return verdict_.primary("asks about the session's last statement", Effect::ReadsSessionResult);
  verdict_.primary("reads a variable that may differ by server");
}

void QueryScan::sequence_value() {
  cursor_.advance();
  cursor_.advance();
  if (!cursor_.accept(Keyword::For)) return;
  verdict_.write("uses a sequence");
  if (const auto sequence = read_table(cursor_)) add_table(*sequence);
}

}  // namespace understudy::sql

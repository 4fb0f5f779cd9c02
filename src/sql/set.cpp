#include "sql/families.h"
#include "sql/query.h"
#include "sql/variables.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kSession = "sets session variables";
constexpr std::string_view kGlobal = "sets global state";

// One assignment of a list: what stands left of the sign.
struct Target {
  VariableScope scope = VariableScope::None;
  std::string_view name;
  bool at_signs = false;  // @@name
};

bool ends_value(const Cursor& cursor) {
  return cursor.at_end() || cursor.is(',');
}

// The cursor is on a value that can be sent again as it is written: it depends on nothing.
bool is_literal(Cursor cursor) {
  if (cursor.is('-') || cursor.is('+')) cursor.advance();
  if (cursor.is(TokenKind::Number)) {
    cursor.advance();
    return ends_value(cursor);
  }
  if (cursor.is(Keyword::Null) || cursor.is(Keyword::True) || cursor.is(Keyword::False)) {
    cursor.advance();
    return ends_value(cursor);
  }
  if (cursor.is(TokenKind::Word) && cursor.current().token.text.front() == '_' &&
      cursor.next().token.kind == TokenKind::String)
    cursor.advance();  // _utf8mb4'…'
  if (!cursor.is(TokenKind::String)) return false;
  while (cursor.is(TokenKind::String))
    cursor.advance();
  return ends_value(cursor);
}

void scan_value(Cursor& cursor, Verdict& verdict) {
  QueryScan scan(cursor, verdict);
  scan.run({.comma = true});
  if (scan.saw_query()) verdict.primary("sets a variable from a query");
}

void set_user_variable(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (!cursor.accept('=')) {
    if (!cursor.is(TokenKind::Assign)) return verdict.doubt("not understood");
    cursor.advance();
  }
  if (is_literal(cursor))
    verdict.session("sets a user variable", Effect::SetsUserVariable);
  else
    verdict.pin("computes a user variable", Effect::ComputesUserVariable);
  scan_value(cursor, verdict);
}

// False if assigning the value may change how the server reads the text that follows.
bool keeps_quoting(const Cursor& value, std::string_view name) {
  const std::string_view text = value.current().token.text;
  const Modes& modes = value.lexer().modes();
  if (equals_ignoring_case(name, "sql_mode")) {
    const Modes set = modes_of(text);
    return is_literal(value) && set.ansi_quotes == modes.ansi_quotes &&
           set.no_backslash_escapes == modes.no_backslash_escapes;
  }
  if (equals_ignoring_case(name, "character_set_client"))
    return (value.is(TokenKind::String) || value.is(TokenKind::Word)) && !modes.multibyte_quotes &&
           !modes_of("", text).multibyte_quotes;
  return true;
}

// SET NAMES …, SET CHARACTER SET …
bool set_names(Cursor& cursor, Verdict& verdict) {
  if (cursor.is(Keyword::Character) && cursor.next_is(Keyword::Set))
    cursor.advance();
  else if (!(cursor.is(Keyword::Names) || cursor.is(Keyword::Charset)) || cursor.next_is('='))
    return false;
  cursor.advance();
  verdict.session(kSession, Effect::SetsVariables);
  if (!keeps_quoting(cursor, "character_set_client")) verdict.change_modes();
  scan_value(cursor, verdict);
  return true;
}

void set_autocommit(const Cursor& value, Verdict& verdict) {
  verdict.session("sets autocommit", Effect::ChangesAutocommit);
  const std::string_view text = value.current().token.text;
  const bool on = value.is(Keyword::On) || value.is(Keyword::True) ||
                  (value.is(TokenKind::Number) && text == "1") ||
                  (value.is(TokenKind::String) && equals_ignoring_case(text, "on"));
  if (on) verdict.classification().effects.add(Effect::EndsTransaction);
}

void set_session_variable(const Target& target, const Cursor& value, Verdict& verdict) {
  // MariaDB reports SET name and SET @@session.name to us, but not this (measured on 10.11).
  const bool unreported = target.at_signs && target.scope == VariableScope::None;
  if (unreported && variable_kind(target.name) != VariableKind::Transaction)
    verdict.pin("sets @@name, which is not reported", Effect::UnknownState);
  if (!keeps_quoting(value, target.name)) verdict.change_modes();
  switch (variable_kind(target.name)) {
    case VariableKind::Autocommit:
      return set_autocommit(value, verdict);
    case VariableKind::Transaction:
      if (!unreported) break;
      return verdict.session("sets the next transaction", Effect::SetsNextTransaction);
    case VariableKind::Tracking:
      verdict.pin("changes what the server reports of the session", Effect::ChangesTracking);
      verdict.classification().effects.add(Effect::UnknownState);
      break;
    case VariableKind::Unmovable:
    case VariableKind::ResultUnmovable:
      verdict.pin("sets a variable that belongs to one connection", Effect::UnknownState);
      break;
    case VariableKind::Session:
    case VariableKind::SessionResult:
    case VariableKind::Schema:
    case VariableKind::Other:
      break;
  }
  verdict.session(kSession, Effect::SetsVariables);
}

// Reads the target and its sign; false if it is none.
bool read_target(Cursor& cursor, VariableScope scope, Target& target) {
  target.scope = scope;
  if (cursor.is(TokenKind::SystemVariable)) {
    const ScopedVariable variable = split_scope(cursor.current().token.text);
    target = {variable.scope, variable.name, true};
  } else if (cursor.is_name()) {
    target.name = cursor.current().token.text;
  } else {
    return false;
  }
  cursor.advance();
  if (cursor.accept('=')) return true;
  if (!cursor.is(TokenKind::Assign)) return false;
  cursor.advance();
  return true;
}

void set_variable(Cursor& cursor, Verdict& verdict, VariableScope& scope) {
  if (cursor.accept(Keyword::Session) || cursor.accept(Keyword::Local))
    scope = VariableScope::Session;
  else if (cursor.accept(Keyword::Global) || cursor.accept(Keyword::Persist) ||
           cursor.accept(Keyword::PersistOnly))
    scope = VariableScope::Global;
  if (cursor.is(Keyword::Transaction)) {
    if (scope == VariableScope::Global)
      verdict.write(kGlobal);
    else if (scope == VariableScope::Session)
      verdict.session(kSession, Effect::SetsVariables);
    else
      verdict.session("sets the next transaction", Effect::SetsNextTransaction);
    return skip_statement(cursor);
  }
  Target target;
  if (!read_target(cursor, scope, target)) {
    verdict.doubt("not understood");
    return skip_statement(cursor);
  }
  if (target.scope == VariableScope::Global)
    verdict.write(kGlobal);
  else
    set_session_variable(target, cursor, verdict);
  scan_value(cursor, verdict);
}

// SET STATEMENT a = 1, b = 2 FOR statement: the variables are back when it ends.
void set_for_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  verdict.classification().effects.add(Effect::ForOneStatement);
  QueryScan scan(cursor, verdict);
  scan.run({.keyword = Keyword::For});
  if (!cursor.accept(Keyword::For)) return verdict.doubt("not understood");
  if (cursor.at_end()) return verdict.doubt("not understood");
  one_statement(cursor, verdict);
}

}  // namespace

void set_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (cursor.is(Keyword::Statement) && !cursor.next_is('='))
    return set_for_statement(cursor, verdict);
  if (cursor.is(Keyword::Password) || cursor.is(Keyword::Default)) {
    verdict.write("changes accounts", Effect::EndsTransaction);
    return skip_statement(cursor);
  }
  if (cursor.is(Keyword::Role)) {
    verdict.pin("changes the role, which is not reported", Effect::UnknownState);
    return skip_statement(cursor);
  }
  VariableScope scope = VariableScope::None;  // holds for all that follow, until another is named
  do {
    if (cursor.is(TokenKind::UserVariable))
      set_user_variable(cursor, verdict);
    else if (!set_names(cursor, verdict))
      set_variable(cursor, verdict, scope);
  } while (cursor.accept(','));
}

}  // namespace understudy::sql

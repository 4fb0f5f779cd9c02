#include "sql/families.h"

namespace understudy::sql {
namespace {

bool is_own_variable(const Cursor& cursor, std::string_view name) {
  return cursor.is(TokenKind::UserVariable) &&
         equals_ignoring_case(cursor.current().token.text, name);
}

// Nothing but an optional semicolon is left.
bool ends_text(Cursor cursor) {
  while (cursor.is(TokenKind::Semicolon))
    cursor.next_statement();
  return cursor.is(TokenKind::End);
}

// SELECT @understudy_token [[AS] alias] [LIMIT 1]
bool match_select(Cursor cursor, Classification& out) {
  cursor.advance();
  if (!is_own_variable(cursor, "understudy_token")) return false;
  cursor.advance();
  const bool alias = cursor.accept(Keyword::As);
  if (alias || cursor.is(TokenKind::QuotedName) || cursor.is(TokenKind::String) ||
      (cursor.is(TokenKind::Word) && cursor.current().keyword == Keyword::None)) {
    if (!cursor.is_name() && !cursor.is(TokenKind::String)) return false;
    cursor.advance();
  }
  if (cursor.accept(Keyword::Limit)) {
    if (!cursor.is(TokenKind::Number)) return false;
    cursor.advance();
  }
  if (!ends_text(cursor)) return false;
  out.own = OwnStatement::SelectToken;
  out.kind = StatementClass::Session;
  out.reason = "answered by Understudy: what this session has seen";
  return true;
}

// SET @understudy_… = 'text'
bool match_set(Cursor cursor, Classification& out) {
  cursor.advance();
  OwnStatement own = OwnStatement::None;
  if (is_own_variable(cursor, "understudy_token")) own = OwnStatement::SetToken;
  if (is_own_variable(cursor, "understudy_consistency")) own = OwnStatement::SetConsistency;
  if (is_own_variable(cursor, "understudy_max_lag")) own = OwnStatement::SetMaxLag;
  if (own == OwnStatement::None) return false;
  cursor.advance();
  if (!cursor.is('=') && !cursor.is(TokenKind::Assign)) return false;
  cursor.advance();
  if (!cursor.is(TokenKind::String)) return false;
  const std::string_view value = cursor.current().token.text;
  cursor.advance();
  if (!ends_text(cursor)) return false;
  out.own = own;
  out.own_value = value;
  out.kind = StatementClass::Session;
  out.reason = "kept by Understudy for this session";
  out.effects = {};
  return true;
}

// SHOW UNDERSTUDY STATUS|ROUTE
bool match_show(Cursor cursor, Classification& out) {
  cursor.advance();
  if (!cursor.accept(Keyword::Understudy)) return false;
  const bool status = cursor.is(Keyword::Status);
  if (!status && !cursor.is(Keyword::Route)) return false;
  cursor.advance();
  if (!ends_text(cursor)) return false;
  out.own = status ? OwnStatement::ShowStatus : OwnStatement::ShowRoute;
  out.kind = StatementClass::Session;
  out.reason = "answered by Understudy";
  return true;
}

}  // namespace

bool may_begin_own_statement(const Cursor& cursor) {
  switch (cursor.current().keyword) {
    case Keyword::Select:
    case Keyword::Set:
      return cursor.next().token.kind == TokenKind::UserVariable;
    case Keyword::Show:
      return cursor.next_is(Keyword::Understudy);
    case Keyword::Kill:
      return true;
    default:
      return false;
  }
}

bool match_own_statement(const Cursor& cursor, Classification& out) {
  switch (cursor.current().keyword) {
    case Keyword::Select:
      return match_select(cursor, out);
    case Keyword::Set:
      return match_set(cursor, out);
    case Keyword::Show:
      return match_show(cursor, out);
    case Keyword::Kill:
      out.own = OwnStatement::Kill;
      return false;  // classified like any other statement
    default:
      return false;
  }
}

}  // namespace understudy::sql

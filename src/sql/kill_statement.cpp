#include "sql/kill_statement.h"

#include <charconv>

#include "sql/cursor.h"

namespace understudy::sql {
namespace {

bool accept_word(Cursor& cursor, std::string_view lower) {
  if (!cursor.is_word(lower)) return false;
  cursor.advance();
  return true;
}

bool accept_call(Cursor& cursor, std::string_view function) {
  return accept_word(cursor, function) && cursor.accept('(') && cursor.accept(')');
}

// name[@host], CURRENT_USER[()]: the latter yields an empty name.
bool read_user(Cursor& cursor, KillStatement& kill) {
  if (accept_word(cursor, "current_user")) {
    kill.own = true;
    return !cursor.accept('(') || cursor.accept(')');
  }
  if (!cursor.is_name() && !cursor.is(TokenKind::String)) return false;
  kill.user = cursor.current().token.text;
  cursor.advance();
  if (cursor.is(TokenKind::UserVariable)) {
    kill.host = cursor.current().token.text;
    cursor.advance();
  }
  return true;
}

bool read_id(Cursor& cursor, KillStatement& kill) {
  const std::string_view digits = cursor.current().token.text;
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  kill.id = id;
  cursor.advance();
  return true;
}

bool read_target(Cursor& cursor, KillStatement& kill) {
  if (cursor.is(TokenKind::Number)) return read_id(cursor, kill);
  if (accept_word(cursor, "user")) return read_user(cursor, kill);
  kill.own = accept_call(cursor, "connection_id");
  return kill.own;
}

}  // namespace

std::optional<KillStatement> parse_kill(std::string_view text, const Modes& modes) {
  Cursor cursor{Lexer{text, modes}};
  while (cursor.is(TokenKind::Semicolon))
    cursor.next_statement();
  if (!accept_word(cursor, "kill")) return std::nullopt;
  if (!accept_word(cursor, "hard")) accept_word(cursor, "soft");
  KillStatement kill;
  kill.query_only = accept_word(cursor, "query");
  if (!kill.query_only) accept_word(cursor, "connection");
  if (!read_target(cursor, kill) || !cursor.at_end()) return std::nullopt;
  return kill;
}

}  // namespace understudy::sql

#include "sql/show_processlist.h"

#include "sql/cursor.h"

namespace understudy::sql {

std::optional<bool> parse_show_processlist(std::string_view text, const Modes& modes) {
  constexpr std::size_t kSizeMax = 256;  // with room for a comment
  if (text.size() > kSizeMax || !contains_ignoring_case(text, "processlist")) return std::nullopt;
  Cursor cursor{Lexer{text, modes}};
  if (!cursor.accept(Keyword::Show)) return std::nullopt;
  const bool full = cursor.accept(Keyword::Full);
  if (!cursor.is_word("processlist")) return std::nullopt;
  cursor.advance();
  while (cursor.is(TokenKind::Semicolon))
    cursor.next_statement();
  return cursor.is(TokenKind::End) ? std::optional(full) : std::nullopt;
}

}  // namespace understudy::sql

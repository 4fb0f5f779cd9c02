#include "sql/user_variables.h"

#include "sql/cursor.h"

namespace understudy::sql {
namespace {

// Steps behind one assignment of the list; where it ends in the text.
std::size_t skip_assignment(Cursor& cursor) {
  std::size_t end = 0;
  std::size_t depth = 0;
  while (!cursor.at_end() && (depth != 0 || !cursor.is(','))) {
    if (cursor.is('(')) ++depth;
    if (cursor.is(')') && depth != 0) --depth;
    end = cursor.current().token.end;
    cursor.advance();
  }
  return end;
}

}  // namespace

std::string user_variables_alone(std::string_view text, const Modes& modes) {
  std::string alone;
  Cursor cursor{Lexer{text, modes}};
  cursor.advance();  // SET
  while (!cursor.at_end()) {
    const bool kept = cursor.is(TokenKind::UserVariable);
    const std::size_t begin = cursor.current().token.offset;
    const std::size_t end = skip_assignment(cursor);
    cursor.accept(',');
    if (!kept) continue;
    alone += alone.empty() ? "SET " : ", ";
    alone += text.substr(begin, end - begin);
  }
  return alone;
}

}  // namespace understudy::sql

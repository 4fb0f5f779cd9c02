#include "sql/connection_id.h"

#include "sql/cursor.h"

namespace understudy::sql {
namespace {

// What tells of locks by the ids that the server gives.
bool tells_of_connections(const Cursor& cursor) {
  return cursor.is_word("is_used_lock") || cursor.is_word("get_lock") ||
         cursor.is_word("is_free_lock");
}

// A call that begins at the cursor, as a whole; nothing if none does.
struct Call {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::optional<Call> call_at(Cursor cursor) {
  if (!cursor.is_word("connection_id") || !cursor.next_is('(')) return std::nullopt;
  const std::size_t begin = cursor.current().token.offset;
  cursor.advance();
  if (!cursor.next_is(')')) return std::nullopt;
  cursor.advance();
  return Call{begin, cursor.current().token.end};
}

// The number as wide as the function's own result, whose type CAST gives it as well (measured:
// MariaDB 10.11 and MySQL 9.7 describe both columns alike).
std::string literal(std::uint32_t id) {
  constexpr std::size_t kDigits = 10;
  const std::string digits = std::to_string(id);
  return "CAST(" + std::string(kDigits - digits.size(), '0') + digits + " AS UNSIGNED)";
}

bool ends_item(const Cursor& cursor) {
  return cursor.at_end() || cursor.is(',') || cursor.is(Keyword::Limit) || cursor.is(Keyword::From);
}

}  // namespace

std::optional<std::string> with_connection_id(std::string_view text, const Classification& what,
                                              const Modes& modes, std::uint32_t id) {
  if (!what.effects.has(Effect::AsksConnectionId) || what.statement_count != 1) return std::nullopt;
  if (!what.tables.tables().empty() || !what.tables.complete()) return std::nullopt;
  Cursor cursor{Lexer{text, modes}};
  if (!cursor.is(Keyword::Select)) return std::nullopt;
  std::string result;
  std::size_t copied = 0;
  std::size_t depth = 0;
  bool begins_item = false;
  while (!cursor.at_end()) {
    if (tells_of_connections(cursor)) return std::nullopt;
    if (const auto call = call_at(cursor)) {
      for (int token = 0; token < 3; ++token)
        cursor.advance();
      result += text.substr(copied, call->begin - copied);
      result += literal(id);
      copied = call->end;
      if (begins_item && depth == 0 && ends_item(cursor)) {
        result += " AS `";
        result += text.substr(call->begin, call->end - call->begin);
        result += '`';
      }
      begins_item = false;
      continue;
    }
    if (cursor.is('(')) ++depth;
    if (cursor.is(')') && depth > 0) --depth;
    begins_item = cursor.is(Keyword::Select) || cursor.is(',');
    cursor.advance();
  }
  if (copied == 0) return std::nullopt;
  result += text.substr(copied);
  return result;
}

}  // namespace understudy::sql

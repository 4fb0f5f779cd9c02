#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

// Goes to the semicolon that ends a block, over those inside it: BEGIN and CASE open, END and END
// CASE close, while END IF, END LOOP, … close what was not counted. False if the block never ends.
bool skip_block(Cursor& cursor) {
  std::size_t depth = 0;
  for (;;) {
    if (cursor.is(TokenKind::End)) return depth == 0;
    if (cursor.is(TokenKind::Semicolon)) {
      if (depth == 0) return true;
      cursor.next_statement();
      continue;
    }
    if (cursor.is(Keyword::Begin) || cursor.is(Keyword::Case)) {
      ++depth;
    } else if (cursor.is(Keyword::End)) {
      const bool uncounted = cursor.next_is(Keyword::If) || cursor.next_is(Keyword::Loop) ||
                             cursor.next_is(Keyword::While) || cursor.next_is(Keyword::Repeat) ||
                             cursor.next_is(Keyword::For);
      if (depth != 0 && !uncounted) --depth;
      cursor.advance();  // the word behind END opens nothing
      if (!uncounted && !cursor.is(Keyword::Case)) continue;
    }
    cursor.advance();
  }
}

}  // namespace

void use_statement(Cursor& cursor, Verdict& verdict) {
  verdict.session("changes the schema of the session", Effect::ChangesSchema);
  cursor.advance();
  if (!cursor.is_name()) return verdict.doubt("not understood");
  cursor.advance();
}

// A procedure may write, and may leave locks, temporary tables or variables behind. It is not
// pinned, since the server reports most of that (not GET_LOCK): UnknownState leaves it to the
// session.
void call_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write("a procedure may do anything", Effect::UnknownState);
  cursor.advance();
  while (!cursor.at_end() && !cursor.is('('))
    cursor.advance();
  QueryScan scan(cursor, verdict);
  scan.run();
}

void execute_statement(Cursor& cursor, Verdict& verdict) {
  verdict.classification().writes = true;
  verdict.pin("runs a statement that is not seen", Effect::PreparedText);
  if (cursor.next_is(Keyword::Immediate)) verdict.pin("", Effect::UnknownState);
  skip_statement(cursor);
}

void compound_statement(Cursor& cursor, Verdict& verdict) {
  verdict.classification().writes = true;
  verdict.pin("a program may do anything", Effect::UnknownState);
  verdict.classification().effects.add(Effect::EndsTransaction);
  // IF, LOOP, … hold semicolons which are not counted here; what follows them is part of this.
  const bool counted = cursor.is(Keyword::Begin) || cursor.is(Keyword::Case);
  if (counted && skip_block(cursor)) return;
  while (!cursor.is(TokenKind::End))
    cursor.next_statement();
}

void skip_routine(Cursor& cursor, Verdict& verdict) {
  if (!skip_block(cursor)) verdict.pin("a block does not end", Effect::UnknownState);
}

}  // namespace understudy::sql

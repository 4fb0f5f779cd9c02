#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kChangesRows = "changes rows";

void changes_rows(Verdict& verdict) {
  verdict.write(kChangesRows);
  verdict.classification().effects.add(Effect::ChangesRows);
}

void skip_modifiers(Cursor& cursor) {
  while (cursor.is(Keyword::LowPriority) || cursor.is(Keyword::HighPriority) ||
         cursor.is(Keyword::Delayed) || cursor.is(Keyword::Quick) || cursor.is(Keyword::Ignore) ||
         cursor.is(Keyword::Concurrent) || cursor.is(Keyword::Local))
    cursor.advance();
}

}  // namespace

void insert_statement(Cursor& cursor, Verdict& verdict) {
  changes_rows(verdict);
  cursor.advance();
  skip_modifiers(cursor);
  cursor.accept(Keyword::Into);
  if (const auto table = read_table(cursor)) verdict.add(*table);
  QueryScan scan(cursor, verdict);
  scan.run();
}

void update_statement(Cursor& cursor, Verdict& verdict) {
  changes_rows(verdict);
  cursor.advance();
  skip_modifiers(cursor);
  QueryScan scan(cursor, verdict);
  scan.expect_table();
  scan.run();
}

void delete_statement(Cursor& cursor, Verdict& verdict) {
  changes_rows(verdict);
  cursor.advance();
  skip_modifiers(cursor);
  QueryScan scan(cursor, verdict);
  scan.set_delete();
  scan.run();
}

// LOAD DATA|XML … INTO TABLE t …, LOAD INDEX INTO CACHE t
void load_statement(Cursor& cursor, Verdict& verdict) {
  changes_rows(verdict);
  for (; !cursor.at_end() && !cursor.is(Keyword::Into); cursor.advance())
    if (cursor.is(Keyword::Local)) verdict.classification().effects.add(Effect::LoadsLocalFile);
  cursor.accept(Keyword::Into);
  if (cursor.accept(Keyword::Table) || cursor.accept(Keyword::Cache))
    if (const auto table = read_table(cursor)) verdict.add(*table);
  Cursor rest = cursor;
  for (; !rest.at_end(); rest.advance())
    if (rest.is(TokenKind::UserVariable))
      verdict.pin("assigns a user variable", Effect::ComputesUserVariable);
  QueryScan scan(cursor, verdict);
  scan.run();
}

}  // namespace understudy::sql

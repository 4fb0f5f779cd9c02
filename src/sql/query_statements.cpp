#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

bool begins_read(const Cursor& cursor) {
  return cursor.is(Keyword::Select) || cursor.is(Keyword::With) || cursor.is(Keyword::Values) ||
         cursor.is(Keyword::Table) || cursor.is('(');
}

bool begins_change(const Cursor& cursor) {
  return cursor.is(Keyword::Insert) || cursor.is(Keyword::Replace) || cursor.is(Keyword::Update) ||
         cursor.is(Keyword::Delete);
}

// FORMAT = JSON and the like.
void skip_format(Cursor& cursor) {
  if (!cursor.accept(Keyword::Format)) return;
  cursor.accept('=');
  cursor.advance();
}

}  // namespace

void read_statement(Cursor& cursor, Verdict& verdict) {
  verdict.read("reads only");
  if (cursor.is('(')) {  // what stands in parentheses at the beginning has to be a query
    Cursor first = cursor;
    while (first.accept('(')) {
    }
    if (!begins_read(first)) verdict.doubt("not understood");
  }
  QueryScan scan(cursor, verdict);
  scan.run();
}

void explain_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  bool executes = false;
  for (;;) {
    if (cursor.is(Keyword::Format))
      skip_format(cursor);
    else if (cursor.accept(Keyword::Analyze))
      executes = true;
    else if (!cursor.accept(Keyword::Extended) && !cursor.accept(Keyword::Partitions))
      break;
  }
  if (begins_read(cursor)) {
    Effects& effects = verdict.classification().effects;
    const bool selected = effects.has(Effect::Selects);  // before, in the same text
    read_statement(cursor, verdict);
    if (!selected) effects.remove(Effect::Selects);
    return;
  }
  if (begins_change(cursor)) {
    const bool wrote = verdict.classification().writes;
    verdict.primary("explains a write");
    one_statement(cursor, verdict);
    if (!executes) verdict.classification().writes = wrote;
    return;
  }
  if (cursor.is(Keyword::For) || cursor.at_end())
    return verdict.primary("tells of a connection of this server");
  const auto table = read_table(cursor);
  if (!table) return verdict.doubt("not understood");
  verdict.read("describes a table");
  verdict.classification().effects.add(Effect::Selects);
  verdict.add(*table);
  if (!cursor.at_end()) cursor.advance();  // a column or a pattern
}

void analyze_statement(Cursor& cursor, Verdict& verdict) {
  if (!cursor.next_is(Keyword::Format) && !cursor.next_is('(') &&
      !cursor.next_is(Keyword::Select) && !cursor.next_is(Keyword::With) &&
      !cursor.next_is(Keyword::Values) && !cursor.next_is(Keyword::Insert) &&
      !cursor.next_is(Keyword::Replace) && !cursor.next_is(Keyword::Update) &&
      !cursor.next_is(Keyword::Delete))
    return maintain_statement(cursor, verdict);
  cursor.advance();
  skip_format(cursor);
  if (begins_read(cursor)) return read_statement(cursor, verdict);
  if (begins_change(cursor)) return one_statement(cursor, verdict);
  verdict.doubt("not understood");
}

void do_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  verdict.primary("DO is run for what its expressions do");
  QueryScan scan(cursor, verdict);
  scan.run();
}

}  // namespace understudy::sql

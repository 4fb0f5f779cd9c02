#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kChangesSchema = "changes the schema";

void add_table(Cursor& cursor, Verdict& verdict) {
  skip_if_exists(cursor);
  if (const auto table = read_table(cursor)) verdict.add(*table);
}

// Behind the name of a table or view: other tables that are named, and a query.
void scan_definition(Cursor& cursor, Verdict& verdict) {
  while (!cursor.at_end()) {
    if (cursor.is(Keyword::Select) || cursor.is(Keyword::Values)) {
      QueryScan scan(cursor, verdict);
      return scan.run();
    }
    if (cursor.is(Keyword::With) && cursor.next().keyword != Keyword::Table) {
      QueryScan scan(cursor, verdict);
      scan.with_clause();
      return scan.run();
    }
    const bool names = cursor.is(Keyword::Like) || cursor.is(Keyword::References) ||
                       cursor.is(Keyword::Table) || cursor.is(Keyword::Rename);
    const bool renames = cursor.is(Keyword::Rename);
    cursor.advance();
    if (!names) continue;
    if (renames) {
      // RENAME TO t, RENAME AS t, RENAME t; but RENAME COLUMN, INDEX, KEY
      if (cursor.is(Keyword::Index) || cursor.is(Keyword::Key) || cursor.is_word("column"))
        continue;
      if (!cursor.accept(Keyword::To)) cursor.accept(Keyword::As);
    }
    add_table(cursor, verdict);
  }
}

void scan_to_on(Cursor& cursor, Verdict& verdict) {
  while (!cursor.at_end() && !cursor.is(Keyword::On))
    cursor.advance();
  if (cursor.accept(Keyword::On)) add_table(cursor, verdict);
}

}  // namespace

void create_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write(kChangesSchema);
  bool temporary = false;
  for (cursor.advance(); !cursor.at_end(); cursor.advance()) {
    const Keyword object = cursor.current().keyword;
    if (object == Keyword::Temporary) {
      temporary = true;
      verdict.pin("creates a temporary table", Effect::TemporaryTable);
      continue;
    }
    if (!temporary) verdict.write(kChangesSchema, Effect::EndsTransaction);
    switch (object) {
      case Keyword::Table:
      case Keyword::View:
      case Keyword::Sequence:
        cursor.advance();
        add_table(cursor, verdict);
        return scan_definition(cursor, verdict);
      case Keyword::Index:
        scan_to_on(cursor, verdict);
        return skip_statement(cursor);
      case Keyword::Trigger:
        scan_to_on(cursor, verdict);
        return skip_routine(cursor, verdict);
      case Keyword::Procedure:
      case Keyword::Function:
      case Keyword::Event:
      case Keyword::Package:
        return skip_routine(cursor, verdict);
      case Keyword::Database:
      case Keyword::Schema:
      case Keyword::User:
      case Keyword::Role:
      case Keyword::Server:
        return skip_statement(cursor);
      default:
        break;  // OR REPLACE, DEFINER = …, UNIQUE, …
    }
  }
}

void alter_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write(kChangesSchema, Effect::EndsTransaction);
  for (cursor.advance(); !cursor.at_end(); cursor.advance()) {
    switch (cursor.current().keyword) {
      case Keyword::Table:
      case Keyword::View:
      case Keyword::Sequence:
        cursor.advance();
        add_table(cursor, verdict);
        return scan_definition(cursor, verdict);
      case Keyword::Event:
      case Keyword::Procedure:
      case Keyword::Function:
        return skip_routine(cursor, verdict);
      case Keyword::Database:
      case Keyword::Schema:
      case Keyword::User:
      case Keyword::Server:
        return skip_statement(cursor);
      default:
        break;
    }
  }
}

void drop_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (cursor.is(Keyword::Prepare)) {
    verdict.primary("drops a prepared statement");
    return skip_statement(cursor);
  }
  const bool temporary = cursor.accept(Keyword::Temporary);
  verdict.write(temporary ? "drops a temporary table" : kChangesSchema,
                temporary ? Effect::None : Effect::EndsTransaction);
  if (cursor.is(Keyword::Table) || cursor.is(Keyword::Tables) || cursor.is(Keyword::View) ||
      cursor.is(Keyword::Sequence)) {
    cursor.advance();
    read_table_list(cursor, verdict);
  } else if (cursor.is(Keyword::Index)) {
    scan_to_on(cursor, verdict);
  }
  skip_statement(cursor);
}

void rename_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write(kChangesSchema, Effect::EndsTransaction);
  cursor.advance();
  if (!cursor.accept(Keyword::Table) && !cursor.accept(Keyword::Tables))
    return skip_statement(cursor);
  do {
    add_table(cursor, verdict);
    while (!cursor.at_end() && !cursor.is(Keyword::To) && !cursor.is(','))
      cursor.advance();  // WAIT n
    if (cursor.accept(Keyword::To)) add_table(cursor, verdict);
  } while (cursor.accept(','));
  skip_statement(cursor);
}

void truncate_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write("empties a table", Effect::EndsTransaction);
  cursor.advance();
  cursor.accept(Keyword::Table);
  add_table(cursor, verdict);
  skip_statement(cursor);
}

void maintain_statement(Cursor& cursor, Verdict& verdict) {
  const bool checksum = cursor.is(Keyword::Checksum);
  const bool check = cursor.is(Keyword::Check);
  if (checksum)
    verdict.primary("checks the primary's own copy");
  else if (check)
    verdict.primary("checks the primary's own copy", Effect::EndsTransaction);
  else  // goes to the binlog, so on a replica it would be an errant transaction
    verdict.write("maintains tables and is replicated", Effect::EndsTransaction);
  while (!cursor.at_end() && !cursor.is(Keyword::Table) && !cursor.is(Keyword::Tables) &&
         !cursor.is(Keyword::View))
    cursor.advance();
  cursor.advance();
  read_table_list(cursor, verdict);
  skip_statement(cursor);
}

}  // namespace understudy::sql

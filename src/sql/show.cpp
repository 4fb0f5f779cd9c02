#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kSchema = "shows what is the same on every server";
constexpr std::string_view kServer = "shows what differs by server";

bool accept_from(Cursor& cursor) {
  return cursor.accept(Keyword::From) || cursor.accept(Keyword::In);
}

// FROM table [FROM schema]
void show_of_table(Cursor& cursor, Verdict& verdict) {
  verdict.read(kSchema);
  cursor.advance();
  if (!accept_from(cursor)) return;
  auto table = read_table(cursor);
  if (!table) return;
  if (accept_from(cursor) && cursor.is_name()) {
    table->schema = cursor.current().token.text;
    cursor.advance();
  }
  verdict.add(*table);
}

// [FROM schema]
void show_of_schema(Cursor& cursor, Verdict& verdict) {
  verdict.read(kSchema);
  cursor.advance();
  if (accept_from(cursor) && cursor.is_name()) cursor.advance();
}

void show_create(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  const Keyword what = cursor.current().keyword;
  switch (what) {
    case Keyword::Table:
    case Keyword::View:
    case Keyword::Sequence: {
      cursor.advance();
      verdict.read(kSchema);
      if (const auto table = read_table(cursor)) verdict.add(*table);
      return;
    }
    case Keyword::Database:
    case Keyword::Schema:
    case Keyword::Procedure:
    case Keyword::Function:
    case Keyword::Trigger:
    case Keyword::Package:
      verdict.read(kSchema);
      return skip_statement(cursor);
    default:
      return verdict.primary(kServer);  // EVENT: disabled on replicas; USER
  }
}

// Whether what differs by server is a query of information_schema (measured on MariaDB 10.11).
bool is_query(Cursor cursor) {
  if (cursor.is(Keyword::Global) || cursor.is(Keyword::Session) || cursor.is(Keyword::Local))
    cursor.advance();
  for (const std::string_view what :
       {"variables", "status", "events", "plugins", "engines", "storage", "open"})
    if (equals_ignoring_case(cursor.current().token.text, what)) return true;
  return false;
}

}  // namespace

void show_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  cursor.accept(Keyword::Extended);
  cursor.accept(Keyword::Full);
  const bool status = cursor.next_is(Keyword::Status) || cursor.next_is(Keyword::Body);
  switch (cursor.current().keyword) {
    case Keyword::Columns:
    case Keyword::Fields:
    case Keyword::Index:
    case Keyword::Indexes:
    case Keyword::Keys:
      show_of_table(cursor, verdict);
      break;
    case Keyword::Tables:
    case Keyword::Triggers:
      show_of_schema(cursor, verdict);
      break;
    case Keyword::Table:
    case Keyword::Procedure:
    case Keyword::Function:
    case Keyword::Package:
      if (!status) return verdict.primary(kServer);
      while (!cursor.at_end() && !cursor.is(Keyword::Status))
        cursor.advance();
      show_of_schema(cursor, verdict);
      break;
    case Keyword::Create:
      return show_create(cursor, verdict);
    case Keyword::Databases:
    case Keyword::Schemas:
    case Keyword::Character:
    case Keyword::Charset:
    case Keyword::Collation:
      verdict.read(kSchema);
      break;
    case Keyword::Warnings:
    case Keyword::Errors:
    case Keyword::Count:
      verdict.primary("asks about the session's last statement", Effect::ReadsSessionResult);
      verdict.classification().effects.add(Effect::ReadsWarnings);
      if (cursor.is(Keyword::Count)) verdict.classification().effects.add(Effect::Selects);
      return;
    default:
      if (is_query(cursor)) verdict.classification().effects.add(Effect::Selects);
      return verdict.primary(kServer);
  }
  verdict.classification().effects.add(Effect::Selects);
  QueryScan scan(cursor, verdict);  // LIKE, WHERE
  scan.run();
}

}  // namespace understudy::sql

#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr std::string_view kTransaction = "controls a transaction";

// t AS alias READ, t2 WRITE
void lock_tables(Cursor& cursor, Verdict& verdict) {
  verdict.pin("locks tables", Effect::TableLock);
  verdict.classification().effects.add(Effect::EndsTransaction);
  cursor.advance();
  read_table_list(cursor, verdict);
}

}  // namespace

void begin_statement(Cursor& cursor, Verdict& verdict) {
  if (!cursor.next_at_end() && !cursor.next_is(Keyword::Work))
    return compound_statement(cursor, verdict);
  verdict.primary(kTransaction, Effect::EndsTransaction);  // of one that is open
  verdict.primary(kTransaction, Effect::BeginsTransaction);
  skip_statement(cursor);
}

void start_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (!cursor.is(Keyword::Transaction)) {
    verdict.write("administers the server");  // START REPLICA, …
    return skip_statement(cursor);
  }
  verdict.primary(kTransaction, Effect::EndsTransaction);
  verdict.primary(kTransaction, Effect::BeginsTransaction);
  skip_statement(cursor);
}

void end_statement(Cursor& cursor, Verdict& verdict) {
  const bool rollback = cursor.is(Keyword::Rollback);
  cursor.advance();
  cursor.accept(Keyword::Work);
  if (rollback && cursor.is(Keyword::To)) {
    verdict.primary(kTransaction);
    return skip_statement(cursor);
  }
  verdict.primary(kTransaction, Effect::EndsTransaction);
  if (cursor.is(Keyword::And) && cursor.next_is(Keyword::Chain))
    verdict.primary(kTransaction, Effect::BeginsTransaction);
  for (bool no = false; !cursor.at_end(); cursor.advance()) {
    if (cursor.is(Keyword::Release) && !no) verdict.primary(kTransaction, Effect::EndsSession);
    no = cursor.is(Keyword::No);
  }
}

void xa_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  Effects effects;
  if (cursor.is(Keyword::Start) || cursor.is(Keyword::Begin)) effects = Effect::BeginsTransaction;
  if (cursor.is(Keyword::Commit) || cursor.is(Keyword::Rollback)) effects = Effect::EndsTransaction;
  verdict.primary(kTransaction, effects);
  skip_statement(cursor);
}

void lock_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (cursor.is(Keyword::Table) || cursor.is(Keyword::Tables))
    lock_tables(cursor, verdict);
  else
    verdict.pin("locks the server", Effect::UnknownState);  // LOCK INSTANCE FOR BACKUP
  skip_statement(cursor);
}

void unlock_statement(Cursor& cursor, Verdict& verdict) {
  verdict.primary("releases table locks", Effect::ReleasesLocks);
  skip_statement(cursor);
}

// BACKUP STAGE START … END, BACKUP LOCK t, BACKUP UNLOCK
void backup_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  const bool ends = cursor.is(Keyword::Unlock) || cursor.next_is(Keyword::End);
  if (ends)
    verdict.primary("releases locks of a backup");
  else
    verdict.pin("locks tables for a backup", Effect::UnknownState);
  skip_statement(cursor);
}

void flush_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write("FLUSH is replicated", Effect::EndsTransaction);
  bool tables = false;
  for (cursor.advance(); !cursor.at_end(); cursor.advance()) {
    tables = tables || cursor.is(Keyword::Table) || cursor.is(Keyword::Tables);
    if (tables && (cursor.is(Keyword::With) || cursor.is(Keyword::For)))
      verdict.pin("locks tables", Effect::GlobalLock);
  }
}

void handler_statement(Cursor& cursor, Verdict& verdict) {
  cursor.advance();
  if (const auto table = read_table(cursor)) verdict.add(*table);
  if (cursor.is(Keyword::Open))
    verdict.pin("opens a handler", Effect::OpensHandler);
  else
    verdict.primary("uses a handler");
  skip_statement(cursor);
}

}  // namespace understudy::sql

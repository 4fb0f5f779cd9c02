#include <algorithm>

#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

using Family = void (*)(Cursor&, Verdict&);

void prepare_statement(Cursor& cursor, Verdict& verdict) {
  verdict.pin("prepares a statement by text", Effect::PreparedText);
  skip_statement(cursor);
}

// GET DIAGNOSTICS puts what the last statement left into user variables.
void diagnostics_statement(Cursor& cursor, Verdict& verdict) {
  verdict.pin("assigns a user variable", Effect::ComputesUserVariable);
  verdict.classification().effects.add(Effect::ReadsSessionResult);
  verdict.classification().effects.add(Effect::ReadsWarnings);
  verdict.classification().effects.add(Effect::ReadsRowCount);
  skip_statement(cursor);
}

void savepoint_statement(Cursor& cursor, Verdict& verdict) {
  verdict.primary("controls a transaction");
  skip_statement(cursor);
}

void deallocate_statement(Cursor& cursor, Verdict& verdict) {
  verdict.primary("drops a prepared statement");
  skip_statement(cursor);
}

void accounts_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write("changes accounts", Effect::EndsTransaction);
  skip_statement(cursor);
}

void administration_statement(Cursor& cursor, Verdict& verdict) {
  verdict.write("administers the server");
  skip_statement(cursor);
}

void server_statement(Cursor& cursor, Verdict& verdict) {
  verdict.primary("belongs to one server");  // KILL, HELP, SIGNAL
  skip_statement(cursor);
}

Family family_of_changes(Keyword verb) {
  switch (verb) {
    case Keyword::Insert:
    case Keyword::Replace:
      return insert_statement;
    case Keyword::Update:
      return update_statement;
    case Keyword::Delete:
      return delete_statement;
    case Keyword::Load:
      return load_statement;
    case Keyword::Create:
      return create_statement;
    case Keyword::Alter:
      return alter_statement;
    case Keyword::Drop:
      return drop_statement;
    case Keyword::Rename:
      return rename_statement;
    case Keyword::Truncate:
      return truncate_statement;
    case Keyword::Optimize:
    case Keyword::Repair:
    case Keyword::Check:
    case Keyword::Checksum:
      return maintain_statement;
    case Keyword::Grant:
    case Keyword::Revoke:
      return accounts_statement;
    case Keyword::Install:
    case Keyword::Uninstall:
    case Keyword::Shutdown:
    case Keyword::Restart:
    case Keyword::Change:
    case Keyword::Reset:
    case Keyword::Stop:
    case Keyword::Purge:
    case Keyword::Binlog:
    case Keyword::Import:
    case Keyword::Clone:
    case Keyword::Cache:
      return administration_statement;
    default:
      return nullptr;
  }
}

Family family_of_control(Keyword verb) {
  switch (verb) {
    case Keyword::Begin:
      return begin_statement;
    case Keyword::Start:
      return start_statement;
    case Keyword::Commit:
    case Keyword::Rollback:
      return end_statement;
    case Keyword::Savepoint:
    case Keyword::Release:
      return savepoint_statement;
    case Keyword::Xa:
      return xa_statement;
    case Keyword::Lock:
      return lock_statement;
    case Keyword::Unlock:
      return unlock_statement;
    case Keyword::Backup:
      return backup_statement;
    case Keyword::Flush:
      return flush_statement;
    case Keyword::Handler:
      return handler_statement;
    case Keyword::Use:
      return use_statement;
    case Keyword::Call:
      return call_statement;
    case Keyword::Prepare:
      return prepare_statement;
    case Keyword::Execute:
      return execute_statement;
    case Keyword::Deallocate:
      return deallocate_statement;
    case Keyword::Get:
      return diagnostics_statement;
    case Keyword::Kill:
    case Keyword::Help:
    case Keyword::Signal:
    case Keyword::Resignal:
      return server_statement;
    case Keyword::Declare:
    case Keyword::If:
    case Keyword::Case:
    case Keyword::Loop:
    case Keyword::While:
    case Keyword::Repeat:
    case Keyword::For:
      return compound_statement;
    default:
      return nullptr;
  }
}

Family family_of(const Cursor& cursor) {
  const Keyword verb = cursor.current().keyword;
  switch (verb) {
    case Keyword::Select:
    case Keyword::With:
    case Keyword::Values:
    case Keyword::Table:
      return read_statement;
    case Keyword::Set:
      return set_statement;
    case Keyword::Show:
      return show_statement;
    case Keyword::Explain:
    case Keyword::Describe:
    case Keyword::Desc:
      return explain_statement;
    case Keyword::Analyze:
      return analyze_statement;
    case Keyword::Do:
      return do_statement;
    default:
      break;
  }
  if (cursor.is('(')) return read_statement;
  if (const Family family = family_of_changes(verb)) return family;
  if (const Family family = family_of_control(verb)) return family;
  // label: BEGIN …
  if (cursor.is_name() && cursor.next_is(':')) return compound_statement;
  return nullptr;
}

// Classifies every statement of the text into one answer.
Classification classify_all(std::string_view text, const Modes& modes, bool skip_versioned,
                            bool& versioned) {
  Classification out;
  out.kind = StatementClass::Read;
  Cursor cursor{Lexer{text, modes, skip_versioned}};
  const bool may_be_own = may_begin_own_statement(cursor);
  Verdict verdict(out);
  for (;;) {
    while (cursor.is(TokenKind::Semicolon))
      cursor.next_statement();
    if (cursor.is(TokenKind::End)) break;
    if (++out.statement_count > 1) {
      out.effects.add(Effect::MultipleStatements);
      if (verdict.modes_changed())
        verdict.pin("changes how the text that follows is read", Effect::UnknownState);
    }
    one_statement(cursor, verdict);
  }
  if (out.statement_count == 0) verdict.primary("nothing to run");
  if (may_be_own && out.statement_count == 1)
    match_own_statement(Cursor{Lexer{text, modes, skip_versioned}}, out);
  if (cursor.saw_invalid()) verdict.doubt("not understood");
  if (cursor.lexer().doubtful()) verdict.doubt("has bytes that a server may read in another way");
  versioned = cursor.lexer().versioned_comment();
  const std::string_view comment = cursor.lexer().first_comment();
  if (!comment.empty()) out.hints = parse_hints(comment);
  return out;
}

std::string_view hint_obstacle(const Hints& hints) {
  if (!hints.unknown.empty()) return "has a hint that is not understood";
  if (hints.cache == false) return "asks not to be kept";
  if (hints.consistency == Consistency::Strong) return "asks for the primary's present state";
  if (!hints.server.empty()) return "asks for the answer of a certain server";
  return {};
}

// The obstacles that only the whole text shows.
void settle_cache_obstacle(Classification& out) {
  if (out.kind != StatementClass::Read) {
    out.cache_obstacle = out.reason;
  } else if (out.cache_obstacle.empty()) {
    out.cache_obstacle = hint_obstacle(out.hints);
    if (out.statement_count != 1) out.cache_obstacle = "is more than one statement";
    if (!out.tables.complete()) out.cache_obstacle = "names too many tables";
    if (out.tables.tables().empty()) out.cache_obstacle = "reads no table";
  }
}

}  // namespace

void one_statement(Cursor& cursor, Verdict& verdict) {
  const Family family = family_of(cursor);
  if (family == nullptr) {
    verdict.doubt("not understood");
    return skip_statement(cursor);
  }
  if (family != read_statement) verdict.obstacle("is not a query of tables");
  family(cursor, verdict);
  if (cursor.at_end()) return;
  if (verdict.classification().kind < StatementClass::Primary) verdict.doubt("not understood");
  skip_statement(cursor);
}

void skip_statement(Cursor& cursor) {
  while (!cursor.at_end())
    cursor.advance();
}

void skip_if_exists(Cursor& cursor) {
  if (!cursor.is(Keyword::If)) return;
  cursor.advance();
  cursor.accept(Keyword::Not);
  cursor.accept(Keyword::Exists);
}

void read_table_list(Cursor& cursor, Verdict& verdict) {
  do {
    skip_if_exists(cursor);
    if (const auto table = read_table(cursor)) verdict.add(*table);
    while (!cursor.at_end() && !cursor.is(','))
      cursor.advance();
  } while (cursor.accept(','));
}

Classification classify(std::string_view text, const Modes& modes) {
  bool versioned = false;
  Classification out = classify_all(text, modes, false, versioned);
  settle_cache_obstacle(out);
  if (!versioned) return out;
  // Servers that leave the comment out run another text: the stronger of both holds.
  bool ignored = false;
  const Classification without = classify_all(text, modes, true, ignored);
  if (without.kind > out.kind) {
    out.kind = without.kind;
    out.reason = without.reason;
  }
  if (out.kind < StatementClass::Primary) {
    out.kind = StatementClass::Primary;
    out.reason = "has a comment that some servers execute";
  }
  out.writes = out.writes || without.writes;
  out.effects.add(without.effects);
  for (const TableName& table : without.tables.tables())
    out.tables.add(table);
  out.statement_count = std::max(out.statement_count, without.statement_count);
  out.own = OwnStatement::None;
  out.own_value = {};
  settle_cache_obstacle(out);
  return out;
}

}  // namespace understudy::sql

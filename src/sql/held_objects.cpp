#include "sql/held_objects.h"

#include <algorithm>
#include <optional>

#include "sql/cursor.h"
#include "sql/families.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr Effect kKinds[] = {Effect::TemporaryTable, Effect::UserLock, Effect::OpensHandler,
                             Effect::PreparedText};

std::string qualified(const TableName& table, std::string_view schema) {
  std::string name(table.schema.empty() ? schema : table.schema);
  name += '.';
  name += table.name;
  return name;
}

std::string lower(std::string_view name) {
  std::string result(name);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

// A call that stands alone in a list, as in SELECT f('a'), f('b') AS x: on its name.
struct LockCall {
  std::string_view function;
  std::optional<std::string_view> lock;  // its first argument, a literal
};

// Reads `f('literal' [, number]) [[AS] name]`; nothing if it is anything else.
std::optional<LockCall> read_lock_call(Cursor& cursor) {
  if (!cursor.is(TokenKind::Word) || !cursor.next_is('(')) return std::nullopt;
  LockCall call{cursor.current().token.text, std::nullopt};
  cursor.advance();
  cursor.advance();
  if (cursor.is(TokenKind::String)) {
    call.lock = cursor.current().token.text;
    cursor.advance();
    if (cursor.accept(',')) {
      cursor.accept('-');
      if (!cursor.is(TokenKind::Number) && !cursor.is(TokenKind::Parameter)) return std::nullopt;
      cursor.advance();
    }
  }
  if (!cursor.accept(')')) return std::nullopt;
  const bool alias = cursor.accept(Keyword::As);
  if (cursor.is_name()) {
    if (!alias && cursor.current().keyword != Keyword::None) return std::nullopt;
    cursor.advance();
  }
  return call;
}

// The calls of a statement that is nothing but SELECT or DO and such calls: each is run once.
std::optional<std::vector<LockCall>> read_lock_calls(Cursor cursor) {
  if (!cursor.accept(Keyword::Select) && !cursor.accept(Keyword::Do)) return std::nullopt;
  std::vector<LockCall> calls;
  do {
    const auto call = read_lock_call(cursor);
    if (!call) return std::nullopt;
    calls.push_back(*call);
  } while (cursor.accept(','));
  if (!cursor.at_end()) return std::nullopt;
  return calls;
}

// True if executing a statement with this text leaves nothing on the connection that the server
// does not report.
bool leaves_nothing(std::string_view text, const Modes& modes) {
  if (text.find_first_of("\\'\"") != std::string_view::npos) return false;  // it has to be unquoted
  const Classification what = classify(text, modes);
  return what.statement_count == 1 && what.kind != StatementClass::Pin &&
         what.kind != StatementClass::Session && !what.effects.has(Effect::UnknownState);
}

}  // namespace

void HeldObjects::Names::add(std::string_view name) {
  if (names.size() < kNamesMax)
    names.emplace_back(name);
  else
    unknown = true;
}

void HeldObjects::Names::add_once(std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) add(name);
}

void HeldObjects::Names::remove(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) names.erase(found);
}

void HeldObjects::apply(const Classification& classification, std::string_view text,
                        const Modes& modes, std::string_view schema) {
  // A comment may be executed by some servers and not by others.
  const bool whole =
      classification.statement_count == 1 && text.find("/*") == std::string_view::npos;
  const Cursor cursor{Lexer{text, modes}};
  if (whole && kinds().bits() != 0) note_ends(cursor, schema);
  note_beginnings(classification, cursor, whole, schema);
}

Effects HeldObjects::kinds() const {
  Effects kinds;
  if (tables_.any()) kinds.add(Effect::TemporaryTable);
  if (locks_.any()) kinds.add(Effect::UserLock);
  if (handlers_.any()) kinds.add(Effect::OpensHandler);
  if (prepared_.any()) kinds.add(Effect::PreparedText);
  return kinds;
}

void HeldObjects::note_beginnings(const Classification& classification, Cursor cursor, bool whole,
                                  std::string_view schema) {
  for (const Effect kind : kKinds) {
    if (!classification.effects.has(kind)) continue;
    Names& names = kind == Effect::TemporaryTable ? tables_
                   : kind == Effect::UserLock     ? locks_
                   : kind == Effect::OpensHandler ? handlers_
                                                  : prepared_;
    if (!whole) {
      names.unknown = true;
      continue;
    }
    if (kind == Effect::TemporaryTable) create_table(cursor, schema);
    if (kind == Effect::UserLock) take_locks(cursor);
    if (kind == Effect::OpensHandler) open_handler(cursor);
    if (kind == Effect::PreparedText) prepare(cursor);
  }
}

void HeldObjects::note_ends(Cursor cursor, std::string_view schema) {
  switch (cursor.current().keyword) {
    case Keyword::Drop:
    case Keyword::Deallocate:
      return drop_tables(cursor, schema);
    case Keyword::Select:
    case Keyword::Do:
      if (locks_.any()) release_locks(cursor);
      return;
    case Keyword::Handler:
      return close_handler(cursor);
    case Keyword::Alter:
    case Keyword::Rename:
      if (tables_.any() && contains_ignoring_case(cursor.lexer().source(), "rename"))
        tables_.unknown = true;
      return;
    default:
      return;
  }
}

// CREATE [OR REPLACE] TEMPORARY TABLE [IF NOT EXISTS] name
void HeldObjects::create_table(Cursor cursor, std::string_view schema) {
  while (!cursor.at_end() && !cursor.is(Keyword::Temporary))
    cursor.advance();
  cursor.advance();
  const bool is_table = cursor.accept(Keyword::Table);
  skip_if_exists(cursor);
  const auto table = is_table ? read_table(cursor) : std::nullopt;
  if (table)
    tables_.add_once(qualified(*table, schema));
  else
    tables_.unknown = true;
}

// DROP [TEMPORARY] TABLE[S] [IF EXISTS] names; DROP PREPARE name, DEALLOCATE PREPARE name
void HeldObjects::drop_tables(Cursor cursor, std::string_view schema) {
  cursor.advance();
  if (cursor.accept(Keyword::Prepare)) {
    if (cursor.is_name()) prepared_.remove(lower(cursor.current().token.text));
    return;
  }
  cursor.accept(Keyword::Temporary);
  if (!cursor.accept(Keyword::Table) && !cursor.accept(Keyword::Tables)) return;
  skip_if_exists(cursor);
  do {
    if (const auto table = read_table(cursor)) tables_.remove(qualified(*table, schema));
  } while (cursor.accept(','));
}

// A lock that is not granted counts, too; releasing it once more than it is held is harmless.
void HeldObjects::take_locks(Cursor cursor) {
  const auto calls = read_lock_calls(cursor);
  if (!calls) {
    locks_.unknown = true;
    return;
  }
  for (const LockCall& call : *calls) {
    if (!equals_ignoring_case(call.function, "get_lock")) continue;
    if (call.lock)
      locks_.add(*call.lock);
    else
      locks_.unknown = true;
  }
}

void HeldObjects::release_locks(Cursor cursor) {
  const auto calls = read_lock_calls(cursor);
  if (!calls) return;
  const auto releases_all = [](const LockCall& call) {
    return equals_ignoring_case(call.function, "release_all_locks");
  };
  if (calls->size() == 1 && releases_all(calls->front())) {
    locks_ = {};
    return;
  }
  for (const LockCall& call : *calls)
    if (call.lock && equals_ignoring_case(call.function, "release_lock")) locks_.remove(*call.lock);
}

// HANDLER t OPEN [[AS] alias]
void HeldObjects::open_handler(Cursor cursor) {
  cursor.advance();
  const auto table = read_table(cursor);
  if (!table || !cursor.accept(Keyword::Open)) {
    handlers_.unknown = true;
    return;
  }
  cursor.accept(Keyword::As);
  handlers_.add_once(cursor.is_name() ? cursor.current().token.text : table->name);
}

// HANDLER alias CLOSE
void HeldObjects::close_handler(Cursor cursor) {
  cursor.advance();
  const auto handler = read_table(cursor);
  if (handler && cursor.is(Keyword::Close)) handlers_.remove(handler->name);
}

// PREPARE name FROM 'text'; an EXECUTE adds nothing to what its PREPARE did.
void HeldObjects::prepare(Cursor cursor) {
  if (cursor.accept(Keyword::Execute)) return;
  const bool prepares = cursor.accept(Keyword::Prepare);
  const std::string name = lower(cursor.current().token.text);
  cursor.advance();
  const bool literal = prepares && cursor.accept(Keyword::From) && cursor.is(TokenKind::String);
  if (literal && cursor.next_at_end() &&
      leaves_nothing(cursor.current().token.text, cursor.lexer().modes()))
    prepared_.add_once(name);
  else
    prepared_.unknown = true;
}

}  // namespace understudy::sql

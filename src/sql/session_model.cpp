#include "sql/session_model.h"

#include "sql/cursor.h"
#include "sql/variables.h"

namespace understudy::sql {
namespace {

struct PinReason {
  Effect effect;
  std::string_view name;
  std::string_view reason;
};

// In the order in which they are told.
constexpr std::array<PinReason, 10> kPinReasons{{
    {Effect::TemporaryTable, "temporary_table", "the session has a temporary table"},
    {Effect::TableLock, "table_lock", "the session holds table locks"},
    {Effect::GlobalLock, "global_lock", "the session holds a lock on all tables"},
    {Effect::UserLock, "user_lock", "the session may hold a user lock"},
    {Effect::PreparedText, "prepared_text", "the session has a statement prepared by text"},
    {Effect::OpensHandler, "open_handler", "the session has an open handler"},
    {Effect::OpenCursor, "open_cursor", "the session has an open cursor"},
    {Effect::ComputesUserVariable, "user_variable", "the session has a computed user variable"},
    {Effect::ChangesTracking, "session_tracking", "the session changed what the server reports"},
    {Effect::UnknownState, "unknown_state", "the session may have state that is not known"},
}};

constexpr Effect kNamed[] = {Effect::TemporaryTable, Effect::UserLock, Effect::OpensHandler,
                             Effect::PreparedText};

Effects without(Effects effects, Effect gone) {
  Effects left;
  for (const PinReason& pin : kPinReasons)
    if (effects.has(pin.effect) && pin.effect != gone) left.add(pin.effect);
  return left;
}

bool is_equals(const Cursor& cursor) {
  return cursor.is('=') || cursor.is(TokenKind::Assign);
}

// The text from the cursor to the next comma outside parentheses.
std::string_view value_text(Cursor cursor) {
  const std::size_t begin = cursor.current().token.offset;
  std::size_t end = begin;
  std::size_t depth = 0;
  for (; !cursor.at_end(); cursor.advance()) {
    if (cursor.is('(')) ++depth;
    if (cursor.is(')') && depth != 0) --depth;
    if (cursor.is(',') && depth == 0) break;
    end = cursor.current().token.end;
  }
  return cursor.lexer().source().substr(begin, end - begin);
}

struct QuotingChange {
  std::string_view sql_mode;  // the value as written; empty if it was not set
  std::string_view character_set;
};

// What the SET statements of a text say of the variables that decide how text is read.
QuotingChange quoting_change(std::string_view text, const Modes& modes) {
  QuotingChange change;
  for (Cursor cursor{Lexer{text, modes}}; !cursor.is(TokenKind::End); cursor.next_statement()) {
    if (cursor.is(Keyword::Names) || cursor.is(Keyword::Charset) ||
        (cursor.is(Keyword::Set) && change.character_set.empty() &&
         cursor.next().token.kind == TokenKind::String))
      change.character_set = cursor.next().token.text;
    const bool variable = cursor.is(TokenKind::Word) || cursor.is(TokenKind::SystemVariable);
    if (!variable || (!cursor.next_is('=') && cursor.next().token.kind != TokenKind::Assign))
      continue;
    const std::string_view name = cursor.is(TokenKind::Word)
                                      ? cursor.current().token.text
                                      : split_scope(cursor.current().token.text).name;
    Cursor value = cursor;
    value.advance();
    if (!is_equals(value)) continue;
    value.advance();
    if (equals_ignoring_case(name, "sql_mode")) change.sql_mode = value_text(value);
    if (equals_ignoring_case(name, "character_set_client"))
      change.character_set = value.current().token.text;
  }
  return change;
}

// A value of sql_mode as written: a literal, or an expression around the old one whose names
// matter.
std::string resolve_sql_mode(std::string_view written, const std::string& old) {
  if (written.find_first_of("@(") == std::string_view::npos) {
    std::string value;
    for (const char c : written)
      if (c != '\'' && c != '"' && c != ' ') value += c;
    return value;
  }
  std::string value;
  std::string word;
  const auto take = [&] {
    const Modes modes = modes_of(word);
    if (modes.ansi_quotes || modes.no_backslash_escapes) value += (value.empty() ? "" : ",") + word;
    word.clear();
  };
  for (const char c : written) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (letter)
      word += c;
    else
      take();
  }
  take();
  return old.empty() || value.empty() ? old + value : old + "," + value;
}

}  // namespace

void SessionModel::end_locks(Effects effects) {
  if (effects.has(Effect::ReleasesLocks) || effects.has(Effect::BeginsTransaction))
    pins_ = without(pins_, Effect::TableLock);
  if (effects.has(Effect::ReleasesLocks)) pins_ = without(pins_, Effect::GlobalLock);
}

// Of what has a name it is known when the last of it is gone.
void SessionModel::note_held(const Classification& classification, std::string_view text) {
  Effects named;
  for (const Effect kind : kNamed)
    if (pins_.has(kind)) named.add(kind);
  if (named.bits() == 0) return;
  if (!held_) held_ = std::make_unique<HeldObjects>();
  held_->apply(classification, text, modes_, schema_);
  for (const Effect kind : kNamed)
    if (!held_->kinds().has(kind)) pins_ = without(pins_, kind);
  if (held_->kinds().bits() == 0) held_.reset();
}

void SessionModel::apply(const Classification& classification, std::string_view text) {
  const Effects effects = classification.effects;
  if (effects.has(Effect::EndsTransaction)) open_transaction_ = false;
  end_locks(effects);
  if (effects.has(Effect::BeginsTransaction)) open_transaction_ = true;
  if (effects.has(Effect::ChangesAutocommit)) autocommit_ = effects.has(Effect::EndsTransaction);
  for (const PinReason& pin : kPinReasons)
    if (effects.has(pin.effect)) pins_.add(pin.effect);
  note_held(classification, text);
  if (effects.has(Effect::SetsVariables)) {
    const QuotingChange change = quoting_change(text, modes_);
    if (!change.sql_mode.empty()) sql_mode_ = resolve_sql_mode(change.sql_mode, sql_mode_);
    if (!change.character_set.empty()) character_set_ = change.character_set;
    if (!change.sql_mode.empty() || !change.character_set.empty())
      modes_ = modes_of(sql_mode_, character_set_);
  }
  if (effects.has(Effect::ChangesSchema)) {
    for (Cursor cursor{Lexer{text, modes_}}; !cursor.is(TokenKind::End); cursor.next_statement())
      if (cursor.is(Keyword::Use) && !cursor.next_at_end()) schema_ = cursor.next().token.text;
  }
}

void SessionModel::unpin(Effect reason) {
  pins_ = without(pins_, reason);
}

std::string_view pin_name(Effect reason) {
  for (const PinReason& pin : kPinReasons)
    if (pin.effect == reason) return pin.name;
  return {};
}

std::string_view SessionModel::pin_reason() const {
  for (const PinReason& pin : kPinReasons)
    if (pins_.has(pin.effect)) return pin.reason;
  return {};
}

Classification SessionModel::explain(std::string_view text) const {
  Classification result = classify(text, modes_);
  result.tables.set_default_schema(schema_);
  if (result.kind != StatementClass::Read) return result;
  const auto primary = [&](std::string_view reason) {
    result.kind = StatementClass::Primary;
    result.reason = reason;
    result.cache_obstacle = reason;
  };
  if (in_transaction())
    primary("inside a transaction");
  else if (pins_.bits() != 0)
    primary(pin_reason());
  else
    for (const TableName& table : result.tables.tables())
      if (is_server_table(table.schema, table.name))
        primary("reads a table that differs by server");
      else if (is_server_schema(table.schema) && result.cache_obstacle.empty())
        result.cache_obstacle = "reads a table of the server itself";
  return result;
}

}  // namespace understudy::sql

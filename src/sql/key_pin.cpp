// In every sql_mode AND binds weaker than anything but XOR, OR (and || where it is OR) and :=, so
// between two ANDs outside of all parentheses stands one condition that each row has to meet,
// unless one of those is there, too. The AND of BETWEEN and those inside of CASE are others.
#include "sql/key_pin.h"

#include <charconv>
#include <limits>
#include <optional>

#include "sql/cursor.h"
#include "sql/query.h"

namespace understudy::sql {
namespace {

constexpr std::size_t kMaxDepth = 16;

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<PinValue> integer(std::string_view digits, bool negative) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  if (!all_digits(digits) || std::from_chars(digits.data(), end, value).ec != std::errc{})
    return std::nullopt;
  if (negative && value > kMax + 1) return std::nullopt;
  // Modulo 2^64, so that the smallest one comes out right.
  if (negative) return PinValue{static_cast<std::int64_t>(0 - value)};
  if (value > kMax) return PinValue{value};
  return PinValue{static_cast<std::int64_t>(value)};
}

// Servers compare an integer with a text as floating point numbers: up to 15 digits are exact.
std::optional<PinValue> integer_in_text(std::string_view text) {
  constexpr std::size_t kExactDigits = 15;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.size() > kExactDigits) return std::nullopt;
  if (text.starts_with('0') && (text.size() > 1 || negative)) return std::nullopt;
  return integer(text, negative);
}

// A word after which the text is no query of one table, or compares rows with others.
bool is_beyond(Keyword keyword) {
  switch (keyword) {
    case Keyword::Select:
    case Keyword::Union:
    case Keyword::Except:
    case Keyword::Intersect:
    case Keyword::Minus:
    case Keyword::With:
    case Keyword::Table:
    case Keyword::Values:
    case Keyword::Join:
    case Keyword::StraightJoin:
    case Keyword::Procedure:
    case Keyword::Into:
    case Keyword::Match:  // how well a row matches depends on all of them
    case Keyword::Against:
      return true;
    default:
      return false;
  }
}

// Words that servers take for a column's name where a condition may begin.
bool may_be_column(Keyword keyword) {
  switch (keyword) {
    case Keyword::None:
    case Keyword::Connection:
    case Keyword::Event:
    case Keyword::Names:
    case Keyword::Password:
    case Keyword::Query:
    case Keyword::Role:
    case Keyword::Server:
    case Keyword::Stage:
    case Keyword::Start:
    case Keyword::Status:
    case Keyword::User:
    case Keyword::Value:
      return true;
    default:
      return false;
  }
}

class PinScan {
 public:
  explicit PinScan(const Cursor& cursor) : cursor_(cursor) {}

  KeyPins run() {
    if (!is_plain_query() || !reach_where()) return {};
    conjunction(0);
    if (cursor_.is(')') || broken_) return {};
    return pins_;
  }

 private:
  [[nodiscard]] bool is_plain_query() const;
  bool reach_where();
  void conjunction(std::size_t depth);
  void condition(std::size_t depth);
  bool skip_condition();
  std::optional<KeyPin> comparison();
  std::optional<std::string_view> column();
  std::optional<PinValue> value();
  void advance() {
    if (cursor_.is(TokenKind::Parameter)) ++parameters_;
    cursor_.advance();
  }
  [[nodiscard]] bool at_and() const {
    return cursor_.is(Keyword::And) || (cursor_.is('&') && cursor_.next_is('&'));
  }
  [[nodiscard]] bool at_clause_end() const;

  Cursor cursor_;
  std::uint32_t parameters_ = 0;  // before the cursor
  bool broken_ = false;
  KeyPins pins_;
};

bool PinScan::is_plain_query() const {
  Cursor cursor = cursor_;
  if (!cursor.accept(Keyword::Select)) return false;
  for (; !cursor.at_end(); cursor.advance())
    if (is_beyond(cursor.current().keyword)) return false;
  while (cursor.is(TokenKind::Semicolon))
    cursor.next_statement();
  return cursor.is(TokenKind::End);
}

// Behind the WHERE of SELECT … FROM table [[AS] alias] WHERE; false if it is not of that form.
bool PinScan::reach_where() {
  std::size_t depth = 0;
  for (; !cursor_.at_end() && (depth != 0 || !cursor_.is(Keyword::From)); advance()) {
    if (cursor_.is('(')) ++depth;
    if (!cursor_.is(')')) continue;
    if (depth == 0) return false;
    --depth;
  }
  if (!cursor_.accept(Keyword::From) || !read_table(cursor_)) return false;
  cursor_.accept(Keyword::As);
  if (cursor_.is_name() && cursor_.current().keyword == Keyword::None) cursor_.advance();
  return cursor_.accept(Keyword::Where);
}

bool PinScan::at_clause_end() const {
  return cursor_.at_end() || cursor_.is(')') || cursor_.is(Keyword::Group) ||
         cursor_.is(Keyword::Having) || cursor_.is(Keyword::Order) || cursor_.is(Keyword::Limit) ||
         cursor_.is(Keyword::Window);
}

// Reads to the end of the clause, or to the parenthesis that closes it.
void PinScan::conjunction(std::size_t depth) {
  const std::size_t before = pins_.pins().size();
  bool safe = true;
  for (;;) {
    condition(depth);
    safe = skip_condition() && safe;
    if (!at_and()) break;
    if (!cursor_.is(Keyword::And)) advance();
    advance();
  }
  if (!safe) pins_.truncate(before);
}

// Adds what one condition pins. The cursor stays where it was if that is nothing, and may stop
// anywhere outside of parentheses else.
void PinScan::condition(std::size_t depth) {
  const std::size_t before = pins_.pins().size();
  if (cursor_.is('(')) {
    if (depth == kMaxDepth) return;
    advance();
    conjunction(depth + 1);
    if (!cursor_.accept(')')) broken_ = true;
    if (!at_and() && !at_clause_end()) pins_.truncate(before);
    return;
  }
  const Cursor start = cursor_;
  const std::uint32_t parameters = parameters_;
  const std::optional<KeyPin> pin = comparison();
  if (pin && (at_and() || at_clause_end())) return pins_.add(*pin);
  cursor_ = start;
  parameters_ = parameters;
}

// Goes to the AND behind a condition, or to the end; false if this is no conjunction.
bool PinScan::skip_condition() {
  bool safe = true;
  std::size_t depth = 0;
  std::size_t betweens = 0;
  for (; !cursor_.at_end(); advance()) {
    if (cursor_.is('(')) ++depth;
    if (cursor_.is(')') && depth-- == 0) break;
    if (depth != 0) continue;
    if (at_clause_end() && !cursor_.is(')')) break;
    if (cursor_.is(Keyword::Between)) ++betweens;
    if (cursor_.is(Keyword::Or) || cursor_.is(Keyword::Xor) || cursor_.is(Keyword::Case) ||
        cursor_.is('|') || cursor_.is(TokenKind::Assign))
      safe = false;
    if (!at_and()) continue;
    if (betweens == 0) break;
    if (!cursor_.is(Keyword::And)) safe = false;  // BETWEEN has no &&
    --betweens;
  }
  return safe && betweens == 0;
}

std::optional<KeyPin> PinScan::comparison() {
  const auto name = column();
  if (!name) return std::nullopt;
  const bool list = cursor_.is(Keyword::In);
  if (!list && !cursor_.is('=')) return std::nullopt;
  advance();
  if (list && !cursor_.accept('(')) return std::nullopt;
  const auto pinned = value();
  if (!pinned || (list && !cursor_.accept(')'))) return std::nullopt;
  return KeyPin{*name, *pinned};
}

// `a`, `t.a` or `s.t.a`; most keywords and what a doubled quote is in are none.
std::optional<std::string_view> PinScan::column() {
  if (!cursor_.is_name() || !may_be_column(cursor_.current().keyword)) return std::nullopt;
  std::string_view name = cursor_.current().token.text;
  advance();
  for (int parts = 1; parts < 3 && cursor_.is('.'); ++parts) {
    advance();
    if (!cursor_.is_name()) return std::nullopt;
    name = cursor_.current().token.text;
    advance();
  }
  if (name.find_first_of("`\"") != std::string_view::npos) return std::nullopt;
  if (equals_ignoring_case(name, "rownum")) return std::nullopt;  // sql_mode=ORACLE: a function
  return name;
}

std::optional<PinValue> PinScan::value() {
  if (cursor_.is(TokenKind::Parameter)) {
    const PinParameter parameter{parameters_};
    advance();
    return parameter;
  }
  const bool negative = cursor_.accept('-');
  const Token token = cursor_.current().token;
  std::optional<PinValue> found;
  if (token.kind == TokenKind::Number) found = integer(token.text, negative);
  // Not x'35', b'1' or n'5', whose token begins before the quote.
  if (token.kind == TokenKind::String && !negative &&
      token.end - token.offset == token.text.size() + 2)
    found = integer_in_text(token.text);
  if (found) advance();
  return found;
}

}  // namespace

KeyPins key_pins(std::string_view text, const Modes& modes) {
  const Classification what = classify(text, modes);
  if (!what.cache_obstacle.empty() || what.tables.tables().size() != 1) return {};
  return PinScan(Cursor(Lexer(text, modes))).run();
}

}  // namespace understudy::sql

#include "replication/parameter_match.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace understudy::replication {
namespace {

using sql::Token;
using sql::TokenKind;

// A literal of the log.
struct Literal {
  enum class Kind : std::uint8_t { None, Null, Number, String, Moment };
  Kind kind = Kind::None;
  bool negative = false;
  std::string_view text;  // of a number, or between the quotes
};

bool plainly_quoted(const sql::Lexer& lexer, const Token& token) {
  const char first = lexer.source()[token.offset];
  return first == '\'' || first == '"';
}

// Takes a literal; `token` becomes what is behind it.
Literal take_literal(sql::Lexer& lexer, Token& token) {
  Literal literal;
  if (token.is('-') || token.is('+')) {
    literal.negative = token.is('-');
    token = lexer.next();
    if (token.kind != TokenKind::Number) return literal;
  }
  if (token.kind == TokenKind::Number) {
    literal.kind = Literal::Kind::Number;
  } else if (token.kind == TokenKind::String) {
    literal.kind = plainly_quoted(lexer, token) ? Literal::Kind::String : Literal::Kind::None;
  } else if (token.kind == TokenKind::Word) {
    if (sql::equals_ignoring_case(token.text, "null")) {
      literal.kind = Literal::Kind::Null;
    } else if (sql::equals_ignoring_case(token.text, "date") ||
               sql::equals_ignoring_case(token.text, "time") ||
               sql::equals_ignoring_case(token.text, "timestamp")) {
      token = lexer.next();
      if (token.kind != TokenKind::String) return literal;
      literal.kind = Literal::Kind::Moment;
    }
  }
  literal.text = token.text;
  token = lexer.next();
  return literal;
}

// What a quoted text means, as the server has quoted it.
std::string unquote(std::string_view text, bool backslash_escapes) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\'' && next == '\'') {
      ++i;
    } else if (text[i] == '\\' && backslash_escapes && i + 1 < text.size()) {
      ++i;
      constexpr std::string_view kNames = "0nrtbZ";
      constexpr std::string_view kMeanings("\0\n\r\t\b\x1a", 6);
      const std::size_t which = kNames.find(next);
      plain.push_back(which == std::string_view::npos ? next : kMeanings[which]);
      continue;
    }
    plain.push_back(text[i]);
  }
  return plain;
}

Match yes_if(bool equal) {
  return equal ? Match::Yes : Match::No;
}

template <typename Integer>
Match match_integer(const Literal& literal, Integer value) {
  std::string text(literal.negative ? "-" : "");
  text += literal.text;
  Integer number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return Match::No;
  if (error != std::errc() || end != text.data() + text.size()) {
    return Match::Maybe;
  }
  return yes_if(number == value);
}

// Digits may have been lost on the way to the text, but not many.
Match match_real(const Literal& literal, double value) {
  constexpr double kNear = 1e-5;
  double number = 0;
  const char* const end = literal.text.data() + literal.text.size();
  if (std::from_chars(literal.text.data(), end, number).ptr != end) return Match::Maybe;
  if (literal.negative) number = -number;
  if (number == value) return Match::Yes;
  return std::abs(number - value) <= kNear * std::abs(value) ? Match::Maybe : Match::No;
}

Match match_decimal(const Literal& literal, std::string_view value) {
  const std::string text = (literal.negative ? "-" : "") + std::string(literal.text);
  if (text == value) return Match::Yes;
  double number = 0;
  const char* const end = value.data() + value.size();
  if (std::from_chars(value.data(), end, number).ptr != end) return Match::Maybe;
  const Match near = match_real(literal, number);
  return near == Match::Yes ? Match::Maybe : near;
}

// A text that is not ASCII may have been converted to another character set.
Match match_text(const Literal& literal, std::string_view value, bool backslash_escapes) {
  if (unquote(literal.text, backslash_escapes) == value) return Match::Yes;
  const bool ascii = std::ranges::all_of(value, [](char c) { return (c & 0x80) == 0; });
  return ascii ? Match::No : Match::Maybe;
}

// The numbers in "2024-02-29 23:59:58.123456", the last one filled up to six digits.
std::vector<std::int64_t> numbers_in(std::string_view text) {
  constexpr std::size_t kFractionDigits = 6;
  std::vector<std::int64_t> numbers;
  std::size_t digits = 0;
  const std::size_t dot = text.find('.');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') {
      digits = 0;
      continue;
    }
    if (digits++ == 0) numbers.push_back(0);
    numbers.back() = numbers.back() * 10 + (text[i] - '0');
  }
  if (dot != std::string_view::npos) {
    for (std::size_t i = text.size() - dot - 1; i < kFractionDigits && !numbers.empty(); ++i)
      numbers.back() *= 10;
  }
  return numbers;
}

Match match_moment(const Literal& literal, std::vector<std::int64_t> value, bool negative) {
  std::vector<std::int64_t> numbers = numbers_in(literal.text);
  if (numbers.size() > value.size()) value.resize(numbers.size());
  numbers.resize(value.size());
  const bool zero = std::ranges::all_of(value, [](std::int64_t n) { return n == 0; });
  if (!zero && literal.text.starts_with('-') != negative) return Match::No;
  return numbers == value ? Match::Yes : zero ? Match::Maybe : Match::No;
}

class LiteralMatch {
 public:
  LiteralMatch(const Literal& literal, bool backslash_escapes)
      : literal_(literal), backslash_escapes_(backslash_escapes) {}

  Match operator()(protocol::Null) const { return yes_if(is(Literal::Kind::Null)); }
  Match operator()(std::int64_t value) const {
    return is(Literal::Kind::Number) ? match_integer(literal_, value) : other();
  }
  Match operator()(std::uint64_t value) const {
    if (literal_.negative) return Match::No;
    return is(Literal::Kind::Number) ? match_integer(literal_, value) : other();
  }
  Match operator()(float value) const { return (*this)(static_cast<double>(value)); }
  Match operator()(double value) const {
    return is(Literal::Kind::Number) ? match_real(literal_, value) : other();
  }
  Match operator()(const protocol::Decimal& value) const {
    return is(Literal::Kind::Number) ? match_decimal(literal_, value.text) : other();
  }
  Match operator()(std::string_view value) const {
    return is(Literal::Kind::String) ? match_text(literal_, value, backslash_escapes_) : other();
  }
  Match operator()(ByteView value) const { return (*this)(as_text(value)); }
  Match operator()(const protocol::Date& value) const {
    return moment({value.year, value.month, value.day}, false);
  }
  Match operator()(const protocol::DateTime& value) const {
    return moment({value.date.year, value.date.month, value.date.day, value.hour, value.minute,
                   value.second, value.microsecond},
                  false);
  }
  Match operator()(const protocol::Time& value) const {
    constexpr std::int64_t kSecond = 1'000'000;
    const std::int64_t all = std::abs(value.microseconds);
    const std::int64_t seconds = all / kSecond;
    return moment({seconds / 3600, seconds / 60 % 60, seconds % 60, all % kSecond},
                  value.microseconds < 0);
  }

 private:
  [[nodiscard]] bool is(Literal::Kind kind) const { return literal_.kind == kind; }
  // A value in a form that has not been seen.
  [[nodiscard]] Match other() const { return is(Literal::Kind::Null) ? Match::No : Match::Maybe; }
  [[nodiscard]] Match moment(std::vector<std::int64_t> value, bool negative) const {
    if (!is(Literal::Kind::Moment) && !is(Literal::Kind::String)) return other();
    return match_moment(literal_, std::move(value), negative);
  }

  const Literal& literal_;
  const bool backslash_escapes_;
};

}  // namespace

Match match_parameter(sql::Lexer& lexer, sql::Token& first,
                      const std::optional<protocol::Value>& value) {
  const Literal literal = take_literal(lexer, first);
  if (literal.kind == Literal::Kind::None) return Match::No;
  if (!value) return Match::Yes;
  return std::visit(LiteralMatch(literal, !lexer.modes().no_backslash_escapes), *value);
}

}  // namespace understudy::replication

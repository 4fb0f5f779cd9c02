#include "sql/lexer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace understudy::sql {
namespace {

enum CharClass : std::uint8_t {
  kNone = 0,
  kSpace = 1,
  kName = 2,   // may stand in a name without quotes
  kDigit = 4,  // may stand in a name, too
  kHex = 8,
  kComment = 16,  // may begin or end a comment
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'})
    classes[static_cast<unsigned char>(c)] = kSpace;
  for (std::size_t c = 0x80; c < 256; ++c)
    classes[c] = kName;
  for (std::size_t c = 'a'; c <= 'z'; ++c) {
    classes[c] = kName;
    classes[c - 'a' + 'A'] = kName;
  }
  for (std::size_t c = 'a'; c <= 'f'; ++c) {
    classes[c] |= kHex;
    classes[c - 'a' + 'A'] |= kHex;
  }
  for (std::size_t c = '0'; c <= '9'; ++c)
    classes[c] = kName | kDigit | kHex;
  classes['_'] = kName;
  classes['$'] = kName;
  for (const char c : {'#', '-', '/', '*'})
    classes[static_cast<unsigned char>(c)] = kComment;
  return classes;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is_space(unsigned char c) {
  return (kClasses[c] & kSpace) != 0;
}
bool is_name(unsigned char c) {
  return (kClasses[c] & kName) != 0;
}
bool is_digit(unsigned char c) {
  return (kClasses[c] & kDigit) != 0;
}
bool is_hex(unsigned char c) {
  return (kClasses[c] & kHex) != 0;
}
bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7F;
}
char lower(unsigned char c) {
  return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

}  // namespace

bool equals_ignoring_case(std::string_view word, std::string_view lower_word) {
  if (word.size() != lower_word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(static_cast<unsigned char>(word[i])) != lower_word[i]) return false;
  return true;
}

bool equal_names(std::string_view a, std::string_view b) {
  const auto lowered = [](char c) { return lower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lowered, lowered);
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_part) {
  const auto equal = [](char a, char b) { return lower(static_cast<unsigned char>(a)) == b; };
  return std::search(text.begin(), text.end(), lower_part.begin(), lower_part.end(), equal) !=
         text.end();
}

Token Lexer::next() {
  const std::size_t before = position_;
  const bool intact = skip_space();
  space_before_ = position_ != before;
  if (space_before_) after_name_ = after_dot_ = false;
  if (!intact) {
    position_ = source_.size();
    return other(TokenKind::Invalid, before, source_.size());
  }
  if (position_ >= source_.size()) {
    // The server refuses a text that ends inside an executable comment.
    const TokenKind kind = in_executable_ ? TokenKind::Invalid : TokenKind::End;
    in_executable_ = false;
    return other(kind, source_.size(), source_.size());
  }
  const auto c = static_cast<unsigned char>(source_[position_]);
  const std::uint8_t classes = kClasses[c];
  if ((classes & kDigit) != 0 ? after_dot_ : (classes & kName) != 0) return word();
  if ((classes & kDigit) != 0 || (c == '.' && !after_name_ && is_digit(at(position_ + 1))))
    return number();
  return symbol(c);
}

bool Lexer::skip_space() {
  std::size_t position = position_;
  while (position < source_.size() && is_space(static_cast<unsigned char>(source_[position])))
    ++position;
  position_ = position;
  return (kClasses[at(position)] & kComment) == 0 || skip_comments();
}

bool Lexer::skip_comments() {
  for (;;) {
    const unsigned char c = at(position_);
    if (is_space(c)) {
      ++position_;
    } else if (begins_line_comment()) {
      skip_line();
    } else if (c == '/' && at(position_ + 1) == '*') {
      if (!skip_block_comment()) return false;
    } else if (in_executable_ && c == '*' && at(position_ + 1) == '/') {
      in_executable_ = false;
      position_ += 2;
    } else {
      return true;
    }
  }
}

// `#`, or `--` before a space or a control character; at() is one, 0, behind the end of the text.
bool Lexer::begins_line_comment() const {
  const unsigned char c = at(position_);
  if (c != '-' || at(position_ + 1) != '-') return c == '#';
  return is_space(at(position_ + 2)) || is_control(at(position_ + 2));
}

void Lexer::skip_line() {
  const std::size_t end = source_.find('\n', position_);
  position_ = end == std::string_view::npos ? source_.size() : end + 1;
}

bool Lexer::skip_block_comment() {
  const std::size_t mark = position_ + 2;
  if (at(mark) == '!' || (at(mark) == 'M' && at(mark + 1) == '!')) return skip_executable_comment();
  const std::size_t end = source_.find("*/", mark);
  if (end == std::string_view::npos) return false;
  if (first_comment_.data() == nullptr && at(mark) != '+')
    first_comment_ = source_.substr(mark, end - mark);
  position_ = end + 2;
  return true;
}

// Enters an executable comment, or leaves its content out. MariaDB executes `/*!` without a version
// and with one up to its own, but none from 50700 to 99999 (these are MySQL's); `/*M!` is a plain
// comment for MySQL (MariaDB: sql_lex.cc, MY_LEX_LONG_COMMENT). Sure is thus only what both of all
// supported versions execute.
bool Lexer::skip_executable_comment() {
  constexpr unsigned kFirstDoubtfulVersion = 50700;
  constexpr std::size_t kVersionDigits = 5;
  std::size_t begin = position_ + 2;
  const bool mariadb_only = at(begin) == 'M';
  begin += mariadb_only ? 2 : 1;
  std::size_t digits = 0;
  unsigned version = 0;
  while (digits <= kVersionDigits && is_digit(at(begin + digits))) {
    version = version * 10 + (at(begin + digits) - unsigned{'0'});
    ++digits;
  }
  const bool versioned = digits >= kVersionDigits;
  position_ = begin + (versioned ? digits : 0);
  if (!mariadb_only && (!versioned || version < kFirstDoubtfulVersion)) {
    in_executable_ = true;
    return true;
  }
  versioned_comment_ = true;
  if (skip_versioned_) return skip_content();
  in_executable_ = true;
  return true;
}

// A server that leaves the content out counts comments inside it.
bool Lexer::skip_content() {
  std::size_t depth = 1;
  while (position_ < source_.size()) {
    if (at(position_) == '*' && at(position_ + 1) == '/') {
      position_ += 2;
      if (--depth == 0) return true;
    } else if (at(position_) == '/' && at(position_ + 1) == '*') {
      position_ += 2;
      ++depth;
      doubtful_ = true;  // MySQL and MariaDB differ in the depth they allow
    } else {
      ++position_;
    }
  }
  return false;
}

void Lexer::scan_name() {
  const std::size_t begin = position_;
  std::size_t position = begin;
  unsigned char seen = 0;
  for (; position < source_.size(); ++position) {
    const auto c = static_cast<unsigned char>(source_[position]);
    if (!is_name(c)) break;
    seen |= c;
  }
  position_ = position;
  if (seen < 0x80) return;
  // 0xA0 is a space in latin1, and a part of a character in UTF-8.
  if (modes_.multibyte_quotes ||
      source_.substr(begin, position - begin).find('\xA0') != std::string_view::npos)
    doubtful_ = true;
}

Token Lexer::word() {
  const std::size_t begin = position_;
  scan_name();
  const std::size_t size = position_ - begin;
  if (size == 1 && at(position_) == '\'' && !after_dot_) {
    const char prefix = lower(at(begin));
    if (prefix == 'x' || prefix == 'b' || prefix == 'n') return string(begin, '\'');
  }
  return name(TokenKind::Word, begin, position_);
}

// Digits may also begin a name: `1a`, `0xZZ`, but not `1.a` or `1e5a`.
Token Lexer::number() {
  const std::size_t begin = position_;
  if (at(begin) == '0' && (at(begin + 1) == 'x' || at(begin + 1) == 'b')) {
    const bool hex = at(begin + 1) == 'x';
    position_ += 2;
    while (hex ? is_hex(at(position_)) : (at(position_) == '0' || at(position_) == '1'))
      ++position_;
    if (position_ - begin > 2 && !is_name(at(position_)))
      return other(TokenKind::Number, begin, position_);
    position_ = begin;
  }
  while (is_digit(at(position_)))
    ++position_;
  if ((kClasses[at(position_)] & (kName | kDigit)) == 0 && at(position_) != '.')
    return other(TokenKind::Number, begin, position_);
  bool fraction = false;
  if (at(position_) == '.') {
    fraction = true;
    ++position_;
    while (is_digit(at(position_)))
      ++position_;
  }
  if (lower(at(position_)) == 'e') {
    std::size_t exponent = position_ + 1;
    if (at(exponent) == '+' || at(exponent) == '-') ++exponent;
    if (is_digit(at(exponent))) {
      while (is_digit(at(exponent)))
        ++exponent;
      position_ = exponent;
      return other(TokenKind::Number, begin, position_);
    }
  }
  if (fraction || !is_name(at(position_))) return other(TokenKind::Number, begin, position_);
  scan_name();
  return name(TokenKind::Word, begin, position_);
}

// The next place from `position` on, or at most seven characters before the end, where a quoted
// text may end, go on in another way, or be doubtful.
std::size_t Lexer::skip_plain(char quote, bool escapes, std::size_t position) const {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kEach * 0x80;
  const auto zeros = [](std::uint64_t text) { return (text - kEach) & ~text & kHigh; };
  const std::uint64_t quotes = kEach * static_cast<unsigned char>(quote);
  const std::uint64_t backslashes = escapes ? kEach * '\\' : quotes;
  const std::uint64_t doubtful = modes_.multibyte_quotes ? kHigh : 0;
  for (; position + 8 <= source_.size(); position += 8) {
    std::uint64_t text = 0;
    std::memcpy(&text, source_.data() + position, sizeof text);
    const std::uint64_t special =
        zeros(text ^ quotes) | zeros(text ^ backslashes) | (text & doubtful);
    if (special == 0) continue;
    if constexpr (std::endian::native != std::endian::little) return position;
    return position + static_cast<std::size_t>(std::countr_zero(special)) / 8;
  }
  return position;
}

// From the opening quote at position_ to behind the closing one.
bool Lexer::scan_quoted(char quote, bool escapes, std::size_t& inside_end) {
  std::size_t position = skip_plain(quote, escapes, position_ + 1);
  while (position < source_.size()) {
    const char c = source_[position];
    if (c == quote && (position + 1 >= source_.size() || source_[position + 1] != quote)) {
      inside_end = position;
      position_ = position + 1;
      return true;
    }
    if (modes_.multibyte_quotes && static_cast<unsigned char>(c) >= 0x80) doubtful_ = true;
    position += c == quote || (c == '\\' && escapes) ? 2 : 1;
    position = skip_plain(quote, escapes, position);
  }
  position_ = source_.size();
  inside_end = position_;
  return false;
}

Token Lexer::string(std::size_t begin, char quote) {
  const std::size_t inside = position_ + 1;
  std::size_t inside_end = 0;
  const bool closed = scan_quoted(quote, !modes_.no_backslash_escapes, inside_end);
  Token token = other(closed ? TokenKind::String : TokenKind::Invalid, begin, position_);
  if (closed) token.text = source_.substr(inside, inside_end - inside);
  return token;
}

Token Lexer::quoted_name(char quote) {
  const std::size_t begin = position_;
  std::size_t inside_end = 0;
  if (!scan_quoted(quote, false, inside_end)) return other(TokenKind::Invalid, begin, position_);
  Token token = name(TokenKind::QuotedName, begin, position_);
  token.text = source_.substr(begin + 1, inside_end - begin - 1);
  return token;
}

Token Lexer::variable() {
  const std::size_t begin = position_++;
  TokenKind kind = TokenKind::UserVariable;
  if (at(position_) == '@') {
    kind = TokenKind::SystemVariable;
    ++position_;
  }
  const char quote = static_cast<char>(at(position_));
  if (quote == '`' || (kind == TokenKind::UserVariable && (quote == '\'' || quote == '"'))) {
    const std::size_t inside = position_ + 1;
    std::size_t inside_end = 0;
    const bool name = quote == '`' || (quote == '"' && modes_.ansi_quotes);
    const bool closed = scan_quoted(quote, !name && !modes_.no_backslash_escapes, inside_end);
    Token token = other(closed ? kind : TokenKind::Invalid, begin, position_);
    if (closed) token.text = source_.substr(inside, inside_end - inside);
    return token;
  }
  const std::size_t name = position_;
  scan_name();
  while (at(position_) == '.') {  // @@session.x, and @a.b
    ++position_;
    scan_name();
  }
  if (position_ == name && kind == TokenKind::SystemVariable)
    return other(TokenKind::Invalid, begin, position_);
  Token token = other(kind, begin, position_);
  token.text = source_.substr(name, position_ - name);
  return token;
}

Token Lexer::symbol(unsigned char c) {
  const std::size_t begin = position_;
  switch (c) {
    case '\'':
      return string(begin, '\'');
    case '"':
      return modes_.ansi_quotes ? quoted_name('"') : string(begin, '"');
    case '`':
      return quoted_name('`');
    case '@':
      return variable();
    case '?':
      return other(TokenKind::Parameter, begin, ++position_);
    case ';':
      return other(TokenKind::Semicolon, begin, ++position_);
    case ':':
      if (at(begin + 1) == '=') {
        position_ += 2;
        return other(TokenKind::Assign, begin, position_);
      }
      break;
    case '\\':  // \N is NULL
      if (at(begin + 1) == 'N') {
        position_ += 2;
        return other(TokenKind::Number, begin, position_);
      }
      return other(TokenKind::Invalid, begin, ++position_);
    default:
      break;
  }
  const bool dot_of_name = c == '.' && after_name_;
  ++position_;
  Token token = other(is_control(c) ? TokenKind::Invalid : TokenKind::Symbol, begin, position_);
  after_dot_ = dot_of_name;
  return token;
}

}  // namespace understudy::sql

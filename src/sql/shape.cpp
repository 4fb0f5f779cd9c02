#include "sql/shape.h"

#include <algorithm>

namespace understudy::sql {
namespace {

// The first two stand in a shape as they are.
enum class Kind : std::uint8_t { Plain, Name, Digit, Dash, Backtick, Quote, Other };

constexpr std::array<Kind, 256> make_kinds() {
  std::array<Kind, 256> kinds{};
  kinds.fill(Kind::Other);
  for (const char c : {' ', '\t', '\n', '\r', '(', ')', ',', '.', '=', '<',
                       '>', '!',  '+',  '*',  '%', '&', '|', '^', '~', '?'})
    kinds[static_cast<unsigned char>(c)] = Kind::Plain;
  for (std::size_t c = 'a'; c <= 'z'; ++c)
    kinds[c] = kinds[c - 'a' + 'A'] = Kind::Name;
  kinds['_'] = kinds['$'] = Kind::Name;
  for (std::size_t c = '0'; c <= '9'; ++c)
    kinds[c] = Kind::Digit;
  kinds['-'] = Kind::Dash;
  kinds['`'] = Kind::Backtick;
  kinds['\''] = Kind::Quote;
  return kinds;
}
constexpr std::array<Kind, 256> kKinds = make_kinds();

Kind kind_of(char c) {
  return kKinds[static_cast<unsigned char>(c)];
}

// Letters and digits, as they stand in a name.
bool in_name(char c) {
  const Kind kind = kind_of(c);
  return kind == Kind::Name || kind == Kind::Digit;
}

}  // namespace

bool Shape::read(std::string_view text, const Modes& modes) {
  if (modes.multibyte_quotes) return false;
  source_ = text;
  position_ = size_ = literal_count_ = 0;
  while (take_as_it_is(end_of_plain() - position_)) {
    if (position_ == source_.size()) return true;
    if (size_ + 2 > kBytesMax || !take_special(modes)) return false;
  }
  return false;
}

// The end of what stands in the shape as it is: all but values, and names in quotes that are not
// simple ones.
std::size_t Shape::end_of_plain() const {
  std::size_t end = position_;
  while (end < source_.size()) {
    if (kind_of(source_[end]) <= Kind::Name) {
      ++end;
    } else if (const std::size_t name = simple_name_at(end); name != 0) {
      end += name;
    } else {
      break;
    }
  }
  return end;
}

// The size of the name in quotes, or of the rest of a name from a digit on; else 0.
std::size_t Shape::simple_name_at(std::size_t begin) const {
  const bool quoted = source_[begin] == '`';
  const bool in_it =
      kind_of(source_[begin]) == Kind::Digit && begin > 0 && in_name(source_[begin - 1]);
  if (!quoted && !in_it) return 0;
  std::size_t end = begin + 1;
  while (end < source_.size() && in_name(source_[end]))
    ++end;
  if (!quoted) return end - begin;
  return end < source_.size() && source_[end] == '`' ? end + 1 - begin : 0;
}

bool Shape::take_special(const Modes& modes) {
  const char c = source_[position_];
  switch (kind_of(c)) {
    case Kind::Digit:
      return take_number();
    case Kind::Quote:
      return take_string(modes);
    case Kind::Backtick:
      return take_quoted_name();
    case Kind::Dash:  // `--` may begin a comment
      return last() != '-' && take_as_it_is(1);
    default:
      return false;
  }
}

bool Shape::take_as_it_is(std::size_t count) {
  if (size_ + count > kBytesMax) return false;
  std::copy_n(source_.data() + position_, count, shape_.data() + size_);
  position_ += count;
  size_ += count;
  return true;
}

// Of digits, with or without a point and more of them behind it.
bool Shape::take_number() {
  if (last() == '.') return false;
  std::size_t end = skip_digits(position_);
  if (end < source_.size() && source_[end] == '.') end = skip_digits(end + 1);
  if (end < source_.size() && (in_name(source_[end]) || source_[end] == '.')) return false;
  return take_literal(end, "0");
}

std::size_t Shape::skip_digits(std::size_t position) const {
  while (position < source_.size() && kind_of(source_[position]) == Kind::Digit)
    ++position;
  return position;
}

// Not one with a prefix, as x'1F' or N'x'.
bool Shape::take_string(const Modes& modes) {
  if (in_name(last())) return false;
  for (std::size_t end = position_ + 1; end < source_.size(); ++end) {
    const char c = source_[end];
    if (c == '\\' && !modes.no_backslash_escapes) {
      ++end;
    } else if (c == '\'') {
      if (end + 1 == source_.size() || source_[end + 1] != '\'') return take_literal(end + 1, "''");
      ++end;
    }
  }
  return false;
}

bool Shape::take_literal(std::size_t end, std::string_view as) {
  if (literal_count_ == kLiteralsMax) return false;
  size_ =
      static_cast<std::size_t>(std::ranges::copy(as, shape_.data() + size_).out - shape_.data());
  position_ = end;
  literals_[literal_count_++] = {static_cast<std::uint32_t>(size_),
                                 static_cast<std::uint32_t>(end)};
  return true;
}

bool Shape::take_quoted_name() {
  const std::size_t end = source_.find('`', position_ + 1);
  if (end == std::string_view::npos) return false;
  return take_as_it_is(end + 1 - position_);
}

char Shape::last() const {
  return size_ == 0 ? ' ' : shape_[size_ - 1];
}

std::size_t Shape::offset_in_text(std::size_t offset) const {
  std::size_t moved = offset;
  for (std::size_t i = 0; i < literal_count_ && literals_[i].end_in_shape <= offset; ++i)
    moved = offset - literals_[i].end_in_shape + literals_[i].end_in_text;
  return moved;
}

std::size_t Shape::offset_in_shape(std::size_t offset) const {
  std::size_t moved = offset;
  for (std::size_t i = 0; i < literal_count_ && literals_[i].end_in_text <= offset; ++i)
    moved = offset - literals_[i].end_in_text + literals_[i].end_in_shape;
  return moved;
}

}  // namespace understudy::sql

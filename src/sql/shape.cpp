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

// 1 for what does not stand in a shape as it is.
constexpr std::array<std::uint8_t, 256> make_stops() {
  std::array<std::uint8_t, 256> stops{};
  std::ranges::transform(kKinds, stops.begin(),
                         [](Kind kind) { return kind > Kind::Name ? 1 : 0; });
  return stops;
}
constexpr std::array<std::uint8_t, 256> kStops = make_stops();

unsigned stops(char c) {
  return kStops[static_cast<unsigned char>(c)];
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
  while (position_ < source_.size()) {
    take_plain();
    if (position_ == source_.size()) return true;
    if (size_ + 2 > kBytesMax) return false;
    if (!take_special(modes)) return false;
  }
  return true;
}

// What stands in the shape as it is.
void Shape::take_plain() {
  const char* const from = source_.data() + position_;
  const std::size_t most = std::min(source_.size() - position_, kBytesMax - size_);
  std::size_t count = 0;
  while (count + 4 <= most && (stops(from[count]) | stops(from[count + 1]) |
                               stops(from[count + 2]) | stops(from[count + 3])) == 0)
    count += 4;
  while (count < most && stops(from[count]) == 0)
    ++count;
  take_as_it_is(count);
}

bool Shape::take_special(const Modes& modes) {
  const char c = source_[position_];
  switch (kind_of(c)) {
    case Kind::Digit:
      return take_digit();
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

// Digits inside of a name stay; a number is one of digits, with or without a point and more of them
// behind it.
bool Shape::take_digit() {
  if (in_name(last())) return take_as_it_is(skip_digits(position_) - position_);
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

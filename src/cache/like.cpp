#include "cache/like.h"

#include <optional>

namespace understudy::cache {
namespace {

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

// The byte at `at` in lower case, a whole run of white space as one ' '; moves `at` behind it.
char next(std::string_view text, std::size_t& at) {
  const char c = text[at++];
  if (!is_space(c)) return lower(c);
  while (at < text.size() && is_space(text[at]))
    ++at;
  return ' ';
}

// The bytes of UTF-8 after a character's first.
void skip_continuation(std::string_view text, std::size_t& at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
    ++at;
}

}  // namespace

LikePattern::LikePattern(std::string_view pattern) {
  pattern = trim(pattern);
  for (std::size_t at = 0; at < pattern.size();) {
    const bool escaped = pattern[at] == '\\' && at + 1 < pattern.size();
    if (escaped) ++at;
    const char byte = next(pattern, at);
    if (!escaped && byte == '%')
      pieces_.push_back({Piece::Kind::Anything, 0});
    else if (!escaped && byte == '_')
      pieces_.push_back({Piece::Kind::OneCharacter, 0});
    else
      pieces_.push_back({Piece::Kind::Byte, byte});
  }
}

// When it does not go on, the last % takes one byte more: the ones before it need no second look.
bool LikePattern::matches(std::string_view text) const {
  text = trim(text);
  std::size_t piece = 0;
  std::size_t at = 0;
  std::optional<std::size_t> anything;  // the last % so far
  std::size_t taken = 0;                // where what it has taken ends
  while (at < text.size()) {
    if (piece < pieces_.size() && pieces_[piece].kind == Piece::Kind::Anything) {
      anything = piece++;
      taken = at;
      continue;
    }
    std::size_t behind = at;
    const char byte = next(text, behind);
    const bool one = piece < pieces_.size() && pieces_[piece].kind == Piece::Kind::OneCharacter;
    if (one) skip_continuation(text, behind);
    if (one || (piece < pieces_.size() && pieces_[piece].byte == byte)) {
      ++piece;
      at = behind;
      continue;
    }
    if (!anything) return false;
    piece = *anything + 1;
    next(text, taken);
    at = taken;
  }
  while (piece < pieces_.size() && pieces_[piece].kind == Piece::Kind::Anything)
    ++piece;
  return piece == pieces_.size();
}

}  // namespace understudy::cache

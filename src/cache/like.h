#pragma once

#include <string_view>
#include <vector>

namespace understudy::cache {

// A LIKE pattern for statements: % is any text, _ one character, \ makes the next one literal.
// The letters of ASCII are equal in both cases, and so is white space of any kind and length; at
// the ends it does not count.
class LikePattern {
 public:
  explicit LikePattern(std::string_view pattern);
  // Any bytes. Steps: about the text's length times that of the longest run without %.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  struct Piece {
    enum class Kind : char { Byte, OneCharacter, Anything };
    Kind kind = Kind::Byte;
    char byte = 0;  // in lower case; white space is one ' '
  };
  std::vector<Piece> pieces_;
};

}  // namespace understudy::cache

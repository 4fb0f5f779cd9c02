#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

// A statement's text with every number as `0` and every string as `''`: what texts have in common
// that differ in their values only. Only plain texts have one: without comments, `"`, `@`, `;`,
// unusual numbers (1e5, 0x1F) and prefixed strings, and with nothing but ASCII outside of quotes.
// A shape is a text of its own shape. One object is read again and again: it is too large to be
// made for each text.
class Shape {
 public:
  static constexpr std::size_t kBytesMax = 768;
  static constexpr std::size_t kLiteralsMax = 48;  // with more a text has no shape

  // Reads `text`, in one pass and without allocation. False if it has no shape; nothing may be
  // asked then.
  bool read(std::string_view text, const Modes& modes);

  // Valid until the next read().
  [[nodiscard]] std::string_view text() const { return {shape_.data(), size_}; }
  // Where that which stands at `offset` of one is in the other; not for the inside of literals.
  [[nodiscard]] std::size_t offset_in_text(std::size_t offset) const;
  [[nodiscard]] std::size_t offset_in_shape(std::size_t offset) const;

 private:
  struct Literal {
    std::uint32_t end_in_shape = 0;
    std::uint32_t end_in_text = 0;
  };

  [[nodiscard]] std::size_t end_of_plain() const;
  [[nodiscard]] std::size_t simple_name_at(std::size_t begin) const;
  // Each false if the text has no shape.
  bool take_special(const Modes& modes);
  bool take_as_it_is(std::size_t count);
  bool take_number();
  bool take_string(const Modes& modes);
  bool take_literal(std::size_t end, std::string_view as);
  bool take_quoted_name();
  [[nodiscard]] std::size_t skip_digits(std::size_t position) const;
  [[nodiscard]] char last() const;

  std::string_view source_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;
  std::size_t literal_count_ = 0;
  std::array<char, kBytesMax> shape_{};
  std::array<Literal, kLiteralsMax> literals_{};
};

}  // namespace understudy::sql

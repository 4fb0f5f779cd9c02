#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "sql/statement.h"

namespace understudy::sql {

// A `?` of a statement, by its number from 0 over the whole text.
struct PinParameter {
  std::uint32_t index = 0;
  bool operator==(const PinParameter&) const = default;
};

// A value that fits std::int64_t is one; std::uint64_t holds those above.
using PinValue = std::variant<std::int64_t, std::uint64_t, PinParameter>;

// Every row of the table that the statement's result can depend on has this value in this column.
// Holds for columns of the integer types only (TINYINT to BIGINT, signed or not): others compare
// with numbers in ways of their own. Of a parameter it holds if its value is an integer, or a text
// that is one in decimal digits (at most 15, without spaces, plus sign or leading zeros).
struct KeyPin {
  std::string_view column;  // as written, in any case, without quotes; views into the text
  PinValue value;
};

// The same column may be there twice; each of them holds.
class KeyPins {
 public:
  static constexpr std::size_t kCapacity = 8;
  void add(const KeyPin& pin) {  // one that finds no place is left out: the others hold without it
    if (size_ != kCapacity) pins_[size_++] = pin;
  }
  void truncate(std::size_t size) { size_ = size < size_ ? size : size_; }
  [[nodiscard]] std::span<const KeyPin> pins() const { return {pins_.data(), size_}; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::array<KeyPin, kCapacity> pins_{};
  std::size_t size_ = 0;
};

// What the WHERE of a cacheable query of exactly one table (no join, subquery, union) pins by its
// outermost AND: `column = value` and `column IN (value)` with an integer, a text that is one, or a
// parameter. None of any other text, and none where the text is not fully understood. If all
// columns of the primary key are among them, the result depends on that one row. That the table is
// one and no view is the caller's to know. Reads the text a second time; allocates nothing.
KeyPins key_pins(std::string_view text, const Modes& modes = {});

}  // namespace understudy::sql

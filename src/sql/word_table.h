#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "sql/lexer.h"

namespace understudy::sql {

// A table from words (in lower case) to values, hashed when it is compiled; found in any case of
// the letters. Open addressing, at most half full: a lookup reads each byte of the word once and
// compares with one entry, seldom two.
template <typename Value, std::size_t kCount>
class WordTable {
 public:
  struct Entry {
    std::string_view word;
    Value value{};
  };

  explicit constexpr WordTable(const std::array<Entry, kCount>& entries) {
    for (const Entry& entry : entries) {
      std::size_t slot = hash(entry.word) % kSlots;
      while (!slots_[slot].word.empty())
        slot = (slot + 1) % kSlots;
      slots_[slot] = entry;
      longest_ = std::max(longest_, entry.word.size());
    }
  }

  // Null if `word` is not in the table.
  [[nodiscard]] const Value* find(std::string_view word) const {
    if (word.size() > longest_) return nullptr;
    std::size_t slot = hash(word) % kSlots;
    while (!slots_[slot].word.empty()) {
      if (equals_ignoring_case(word, slots_[slot].word)) return &slots_[slot].value;
      slot = (slot + 1) % kSlots;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kSlots = std::bit_ceil(kCount * 2);

  // Four characters and the length tell the words apart well enough.
  static constexpr std::uint32_t hash(std::string_view word) {
    if (word.empty()) return 0;
    const auto folded = [&](std::size_t index) {
      return static_cast<unsigned char>(word[index]) | std::uint32_t{0x20};
    };
    const std::size_t last = word.size() - 1;
    const std::uint32_t mixed =
        folded(0) ^ folded(last / 2) << 7 ^ folded(last) << 14 ^ folded(last < 3 ? last : 3) << 21;
    const std::uint32_t value =
        (mixed + static_cast<std::uint32_t>(word.size()) * 0x85EBCA6Bu) * 0x9E3779B1u;
    return value >> 16;
  }

  std::array<Entry, kSlots> slots_{};
  std::size_t longest_ = 0;
};

}  // namespace understudy::sql

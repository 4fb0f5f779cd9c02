#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

#include "sql/lexer.h"

namespace understudy::sql {

// A table from words (in lower case) to values, hashed when it is compiled; found in any case of
// the letters. Open addressing, at most half full. A word is compared by its first eight and its
// last eight characters as two numbers, which decide it up to sixteen characters; only of longer
// ones the rest is looked at.
template <typename Value, std::size_t kCount>
class WordTable {
 public:
  struct Entry {
    std::string_view word;
    Value value{};
  };

  explicit constexpr WordTable(const std::array<Entry, kCount>& entries) {
    for (const Entry& entry : entries) {
      const Ends ends = ends_of(entry.word);
      std::size_t slot = hash(ends, entry.word.size());
      while (!slots_[slot].word.empty())
        slot = (slot + 1) % kSlots;
      slots_[slot] = {ends, entry.word, entry.value};
      longest_ = std::max(longest_, entry.word.size());
    }
  }

  // Null if `word` is not in the table.
  [[nodiscard]] const Value* find(std::string_view word) const {
    if (word.size() > longest_) return nullptr;
    const Ends ends = ends_of(word);
    std::size_t slot = hash(ends, word.size());
    while (!slots_[slot].word.empty()) {
      if (slots_[slot].is(ends, word)) return &slots_[slot].value;
      slot = (slot + 1) % kSlots;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t kSlots = std::bit_ceil(kCount * 2);
  static constexpr std::size_t kEnd = 8;  // characters in a number

  struct Ends {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const Ends&, const Ends&) = default;
  };
  struct Slot {
    Ends ends;
    std::string_view word;
    Value value{};

    [[nodiscard]] bool is(const Ends& other, std::string_view text) const {
      return ends == other && word.size() == text.size() &&
             (text.size() <= 2 * kEnd ||
              equals_ignoring_case(text.substr(kEnd), word.substr(kEnd)));
    }
  };

  // Written out, so that the compiler makes one load of it.
  static constexpr std::uint64_t load4(const char* text) {
    const auto byte = [text](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
    };
    return byte(0) | byte(1) | byte(2) | byte(3);
  }
  static constexpr std::uint64_t load8(const char* text) {
    return load4(text) | load4(text + 4) << 32;
  }
  // Capital ASCII letters among eight characters become small ones.
  static constexpr std::uint64_t lowered(std::uint64_t text) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    const std::uint64_t ascii = text & kEach * 0x7F;
    const std::uint64_t from_a = ascii + kEach * (0x80 - 'A');
    const std::uint64_t above_z = ascii + kEach * (0x80 - 'Z' - 1);
    const std::uint64_t capital = from_a & ~above_z & ~text & kEach * 0x80;
    return text | capital >> 2;
  }
  static constexpr Ends ends_of(std::string_view word) {
    const char* begin = word.data();
    const std::size_t size = word.size();
    if (size >= kEnd) return {lowered(load8(begin)), lowered(load8(begin + size - kEnd))};
    if (size >= 4) return {lowered(load4(begin) | load4(begin + size - 4) << 32), 0};
    if (size == 0) return {};
    const auto byte = [begin](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(begin[i])};
    };
    return {lowered(byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16), 0};
  }
  static constexpr std::size_t hash(const Ends& ends, std::size_t size) {
    const std::uint64_t mixed = (ends.first ^ std::rotl(ends.last, 29) ^ size) * 0x9E3779B97F4A7C15;
    return mixed >> (64 - std::bit_width(kSlots - 1));
  }

  std::array<Slot, kSlots> slots_{};
  std::size_t longest_ = 0;
};

}  // namespace understudy::sql

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace social {

// As std::mt19937_64 is the same everywhere, and the library's distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // In [0, 1).
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>(unit() * static_cast<double>(count));
  }
  // 0 twice as often as 1, three times as often as 2, ...
  std::uint64_t zipf(std::uint64_t count) {
    const double rank = std::exp(unit() * std::log(static_cast<double>(count) + 1));
    return std::min(static_cast<std::uint64_t>(rank) - 1, count - 1);
  }
  template <typename List>
  auto one_of(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace social

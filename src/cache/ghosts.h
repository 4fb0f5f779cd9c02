#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace understudy::cache {

// The hashes of what was put out last, in the order in which it was: 16 bytes each. A table of
// buckets with four slots, in which a new hash takes the place of the oldest, so it may forget
// one early; a hash counts as long as it is among the last `window`.
class Ghosts {
 public:
  void remember(std::uint64_t hash);
  // True if it is there; it is not afterwards.
  bool take(std::uint64_t hash, std::size_t window);
  // Room for about that many, a power of two.
  void resize(std::size_t slots);
  void clear();

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t number = 0;  // of remember()'s calls, from 1; 0: empty
  };
  static constexpr std::size_t kWays = 4;
  void place(Slot slot);
  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const;

  std::vector<Slot> slots_;
  std::uint64_t number_ = 0;
};

}  // namespace understudy::cache

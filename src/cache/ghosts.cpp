#include "cache/ghosts.h"

#include <algorithm>
#include <utility>

namespace understudy::cache {

std::size_t Ghosts::bucket_of(std::uint64_t hash) const {
  return static_cast<std::size_t>(hash) & (slots_.size() / kWays - 1);
}

void Ghosts::place(Slot slot) {
  Slot* const begin = slots_.data() + bucket_of(slot.hash) * kWays;
  Slot* const end = begin + kWays;
  Slot* where =
      std::find_if(begin, end, [&](const Slot& other) { return other.hash == slot.hash; });
  if (where == end)
    where = std::min_element(
        begin, end, [](const Slot& left, const Slot& right) { return left.number < right.number; });
  if (where->number < slot.number) *where = slot;
}

void Ghosts::remember(std::uint64_t hash) {
  if (!slots_.empty()) place({hash, ++number_});
}

bool Ghosts::take(std::uint64_t hash, std::size_t window) {
  if (slots_.empty()) return false;
  Slot* const begin = slots_.data() + bucket_of(hash) * kWays;
  Slot* const end = begin + kWays;
  Slot* const found = std::find_if(
      begin, end, [&](const Slot& slot) { return slot.number != 0 && slot.hash == hash; });
  if (found == end) return false;
  const std::uint64_t number = std::exchange(found->number, 0);
  return number_ - number < window;
}

void Ghosts::resize(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(std::max(slots, kWays)));
  for (const Slot& slot : old)
    if (slot.number != 0) place(slot);
}

void Ghosts::clear() {
  std::ranges::fill(slots_, Slot{});
}

}  // namespace understudy::cache

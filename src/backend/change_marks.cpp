#include "backend/change_marks.h"

#include <algorithm>
#include <bit>

namespace understudy::backend {
namespace {

// There is one writer: nothing can come between load and store.
void raise(std::atomic<std::uint64_t>& slot, std::uint64_t number) {
  if (slot.load(std::memory_order_relaxed) < number) slot.store(number, std::memory_order_release);
}

}  // namespace

ChangeMarks::ChangeMarks(std::size_t slots)
    : mask_(std::bit_ceil(std::max<std::size_t>(slots, 1)) - 1),
      slots_(std::make_unique<Slot[]>(mask_ + 1)) {}

void ChangeMarks::touch(cache::Mark mark, std::uint64_t number) {
  raise(slot_of(mark), number);
}

void ChangeMarks::touch_everything(std::uint64_t number) {
  raise(floor_, number);
}

std::uint64_t ChangeMarks::newest(std::span<const cache::Mark> marks) const {
  std::uint64_t newest = floor_.load(std::memory_order_acquire);
  for (const cache::Mark mark : marks)
    newest = std::max(newest, slot_of(mark).load(std::memory_order_acquire));
  return newest;
}

}  // namespace understudy::backend

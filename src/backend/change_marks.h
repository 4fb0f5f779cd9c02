#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "cache/marks.h"

namespace understudy::backend {

// For each mark the number of the last transaction that touched it. The marks share a fixed number
// of slots, so an answer may be higher than the truth (which makes a needless miss), never lower.
// One thread touches, with numbers that do not fall; any thread reads. No call waits for another.
//
// Memory orders. A slot is stored with release and loaded with acquire, so who sees a number in
// a slot sees whatever its writer did before. What readers rely on is another edge: the writer
// touches all marks of a transaction *before* it publishes, in an atomic of its own and with
// release, that it is through with that number; a reader that has loaded n there with acquire sees
// every touch up to n. Touches after n it may or may not see: they belong to transactions that it
// does not claim to know. No order between slots is needed, hence no seq_cst.
class ChangeMarks {
 public:
  static constexpr std::size_t kSlotsDefault = std::size_t{1} << 20;  // 8 MiB

  // `slots` is rounded up to a power of two.
  explicit ChangeMarks(std::size_t slots = kSlotsDefault);

  // The writer's thread only.
  void touch(cache::Mark mark, std::uint64_t number);
  // All marks at once, those too that nobody has named yet.
  void touch_everything(std::uint64_t number);

  // The highest number of any of them; 0: never touched. Any thread.
  [[nodiscard]] std::uint64_t newest(std::span<const cache::Mark> marks) const;

  [[nodiscard]] std::size_t slots() const { return mask_ + 1; }

 private:
  using Slot = std::atomic<std::uint64_t>;
  static_assert(Slot::is_always_lock_free);
  [[nodiscard]] Slot& slot_of(cache::Mark mark) const { return slots_[mark.value() & mask_]; }

  const std::size_t mask_;
  const std::unique_ptr<Slot[]> slots_;
  Slot floor_{0};  // of all marks
};

}  // namespace understudy::backend

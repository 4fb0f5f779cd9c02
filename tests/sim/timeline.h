#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "base/unique_function.h"

namespace understudy::sim {

// Virtual time: things to do, in the order of their moments; those of one moment in the order in
// which they were asked for. Nothing ever waits.
class Timeline {
 public:
  [[nodiscard]] Instant now() const { return now_; }

  void after(Duration pause, UniqueFunction<void()> what) {
    events_.push_back({now_ + pause, ++last_, std::move(what)});
    std::ranges::push_heap(events_, later);
  }

  void run_until(Instant end) {
    while (!events_.empty() && events_.front().when <= end) {
      std::ranges::pop_heap(events_, later);
      Event event = std::move(events_.back());
      events_.pop_back();
      now_ = event.when;
      event.what();
    }
    now_ = end;
  }

 private:
  struct Event {
    Instant when;
    std::uint64_t number;
    UniqueFunction<void()> what;
  };
  static bool later(const Event& left, const Event& right) {
    return std::pair(left.when, left.number) > std::pair(right.when, right.number);
  }

  Instant now_ = Instant{} + std::chrono::hours(1);
  std::uint64_t last_ = 0;
  std::vector<Event> events_;
};

// What a seed decides.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  // Uniform, both ends included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + random_.below(high - low + 1);
  }
  std::size_t index(std::size_t count) { return static_cast<std::size_t>(random_.below(count)); }
  bool percent(std::uint64_t probability) { return random_.below(100) < probability; }
  Duration ms(std::uint64_t low, std::uint64_t high) {
    return std::chrono::microseconds(between(low * 1000, high * 1000));
  }

 private:
  Random random_;
};

}  // namespace understudy::sim

#pragma once

#include <random>
#include <string>
#include <vector>

#include "event.h"

namespace analytics {

struct Kind {
  std::string type;
  double share = 0;  // of all events
};

// What the users of a shop do: most of them look at pages, few of them buy, and those who have just
// come do most of it. In an hour each of them comes once. One thread at a time.
class Visitors {
 public:
  Visitors(std::uint64_t users, std::uint64_t seed);

  static const std::vector<Kind>& kinds();
  // Those who are there.
  [[nodiscard]] std::vector<std::uint64_t> present(TimePoint time) const;
  Event next(TimePoint time);

 private:
  // The one who came `back` users ago.
  [[nodiscard]] std::uint64_t user(TimePoint time, std::uint64_t back) const;

  const std::uint64_t users_;
  std::mt19937_64 random_;
  std::discrete_distribution<std::size_t> types_;
};

}  // namespace analytics

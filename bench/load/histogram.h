#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace understudy::bench {

// Counts how long answers took, by whole microseconds.
class Histogram {
 public:
  void add(Duration duration) {
    const auto us = static_cast<std::size_t>(std::max<std::int64_t>(0, duration.count() / 1000));
    ++counts_[std::min(us, kMax)];
    ++total_;
  }
  // The microseconds within which this share (0 to 1) was answered.
  [[nodiscard]] std::size_t percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t us = 0; us < counts_.size(); ++us) {
      seen += counts_[us];
      if (seen > wanted || seen == total_) return us;
    }
    return kMax;
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr std::size_t kMax = 1'000'000;  // one second; what took longer counts as this

  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(kMax + 1);
  std::uint64_t total_ = 0;
};

}  // namespace understudy::bench

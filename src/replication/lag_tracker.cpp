#include "replication/lag_tracker.h"

#include <algorithm>

namespace understudy::replication {

LagTracker::LagTracker(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 4)) {}

void LagTracker::observe_primary(Instant sent, const Position& position) {
  if (!entries_.empty()) {
    Entry& newest = entries_.back();
    if (newest.position == position) {
      newest.last_sent = sent;
      return;
    }
    if (!position.covers(newest.position)) entries_.clear();
  }
  entries_.push_back({position, sent, sent});
  if (entries_.size() > capacity_) thin_out();
}

void LagTracker::thin_out() {
  // Every second entry of the older half goes. The one after it takes over its first_sent: "a
  // position newer than the entry before was seen at that time" stays true, so lag is never
  // understated; covers_primary_as_of falls back to the entry before, which is older and so safe.
  std::deque<Entry> kept;
  const std::size_t half = entries_.size() / 2;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i < half && i % 2 == 1) {
      entries_[i + 1].first_sent = entries_[i].first_sent;
      continue;
    }
    kept.push_back(std::move(entries_[i]));
  }
  entries_ = std::move(kept);
}

std::optional<LagTracker::Age> LagTracker::age_of(const Position& position, Instant sent) const {
  if (entries_.empty()) return std::nullopt;
  // Entries cover the ones before them, so those that are covered come first.
  const auto uncovered =
      std::partition_point(entries_.begin(), entries_.end(),
                           [&](const Entry& entry) { return position.covers(entry.position); });
  Age age;
  if (uncovered != entries_.begin()) age.covers_primary_as_of = std::prev(uncovered)->last_sent;
  age.lag_is_exact = uncovered != entries_.begin();
  if (uncovered != entries_.end())
    age.lag = std::max(Duration::zero(), sent - uncovered->first_sent);
  return age;
}

}  // namespace understudy::replication

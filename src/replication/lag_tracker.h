#pragma once

#include <deque>
#include <optional>

#include "base/time.h"
#include "replication/position.h"

namespace understudy::replication {

// Remembers when the primary was first and last seen at each of its positions, and so tells how old
// a replica's position is, without writing anything into the servers and without their clocks.
//
// Why `covers_primary_as_of` bounds staleness: let T be the moment at which a request was SENT to
// the primary and P the position in its answer. Whatever had been committed and acknowledged by T
// is in P, because the position was read at or after T. A replica that has applied P shows all of
// it, now and later, since a replica never goes back. So anything read there at a moment `now` is
// as new as the primary was at T: its staleness is at most now - T. The send-time is what makes
// this safe; with the time of the answer, a commit in between could be missing.
//
// Lag, the other measure, is for people and for taking replicas out: how long ago the first
// position appeared that the replica has not applied. It is 0 on an idle cluster, and grows when
// replication is broken.
//
// A pure value of one thread.
class LagTracker {
 public:
  // `capacity` observations; older ones are thinned out by halves, so that what is kept grows
  // coarser with age and one hour of a busy primary fits.
  explicit LagTracker(std::size_t capacity = 1024);

  // The primary was at `position`; `sent` is when the request was sent, not before the one of the
  // last call. A position that does not cover the last one is another history: all is forgotten.
  void observe_primary(Instant sent, const Position& position);
  void clear() { entries_.clear(); }

  struct Age {
    // Send-time of the newest observation that is covered; nullopt if none is.
    std::optional<Instant> covers_primary_as_of;
    // Zero if the newest observation is covered, or if a newer position appeared only after
    // `sent`.
    Duration lag{};
    // False if even the oldest remembered position is not covered: the real lag may be longer.
    bool lag_is_exact = true;
  };
  // The age of a replica's `position`, which a request sent at `sent` has read. nullopt if the
  // primary was never observed.
  [[nodiscard]] std::optional<Age> age_of(const Position& position, Instant sent) const;

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Position position;
    Instant first_sent;  // of the first request that saw more than the entry before
    Instant last_sent;   // of the last request that saw this position
  };
  void thin_out();

  std::size_t capacity_;
  std::deque<Entry> entries_;  // each covers the one before
};

}  // namespace understudy::replication

#pragma once

#include <cstdint>

#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"
#include "routing/route.h"
#include "routing/session_reads.h"

namespace understudy::routing {

// The result cache as routing sees it: a replica that has applied the primary's log up to a
// position, and has nothing but answers.
struct CacheView {
  std::uint64_t epoch = 0;
  replication::Position position;
  Instant current_as_of{};  // the primary had not logged more than `position` then
};

// An answer that is as valid at the cache's position as it was when it was read: nothing that it
// depends on has changed in between. It may also show what the log has not told yet.
struct CachedRead {
  std::uint64_t epoch = 0;
  replication::ServerId server;  // where it was read
  Instant started{};
  Instant finished{};
  const replication::Position* lower = nullptr;  // the server showed at least this
  // Where the cache was once it had everything that the read can have shown; null before that.
  const replication::Position* settled = nullptr;
};

// Once the cache has all that was logged when the read ended, whatever the read showed is either
// behind the cache's position or has invalidated the answer.
inline bool settles(const CachedRead& read, const CacheView& cache) {
  return read.settled == nullptr && cache.current_as_of >= read.finished;
}

// Whether a session may get the answer. `request` is that of a read, `max_age` the age from which
// on the cache counts as lagging. `reads` has been settled by the snapshot.
bool may_serve(const CachedRead& read, const CacheView& cache, const Request& request,
               const SessionReads& reads, const replication::Topology& topology, Duration max_age);

// What the session has seen when it got the answer; for reads under `session`.
void note_served(const CachedRead& read, const CacheView& cache, SessionReads& reads,
                 const replication::Topology& topology);

}  // namespace understudy::routing

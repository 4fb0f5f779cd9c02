#include "routing/cached_read.h"

namespace understudy::routing {
namespace {

using replication::Topology;

// Never older than what the session has seen: the cache has all of it, or the answer was read on
// a server that had.
bool shows_all_seen(const CachedRead& read, const CacheView& cache, const SessionReads& reads,
                    const Topology& topology) {
  if (!reads.comparable(topology)) return false;
  if (reads.fresh()) return true;
  const bool covered = cache.position.covers(reads.seen());
  if (reads.settled()) return read.settled != nullptr ? covered : read.lower->covers(reads.seen());
  // What the last read of the session showed was logged before it ended.
  if (read.settled != nullptr) return covered && cache.current_as_of > reads.unsettled_since();
  // A server never goes back, and had the rest when the session read there.
  return read.server == reads.unsettled_server() && read.started >= reads.unsettled_since();
}

}  // namespace

bool may_serve(const CachedRead& read, const CacheView& cache, const Request& request,
               const SessionReads& reads, const Topology& topology, Duration max_age) {
  if (read.epoch != cache.epoch || cache.epoch != topology.epoch) return false;
  const Duration age = request.now - cache.current_as_of;
  if (age > max_age) return false;
  switch (request.consistency) {
    case Consistency::Eventual:
      return true;
    case Consistency::Bounded:
      return age <= request.max_lag;
    case Consistency::Session:
      return shows_all_seen(read, cache, reads, topology);
    case Consistency::Strong:
      return false;
  }
  return false;
}

void note_served(const CachedRead& read, const CacheView& cache, SessionReads& reads,
                 const Topology& topology) {
  if (read.settled != nullptr) {
    // The answer was the same at both positions; a session that waits to be settled needs the later
    // one, which has all that it has seen.
    reads.note_position(reads.settled() ? *read.settled : cache.position, read.finished, topology);
  } else {
    reads.note_read(read.server, read.finished, topology);
  }
}

}  // namespace understudy::routing

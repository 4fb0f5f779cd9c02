#include "routing/load.h"

namespace understudy::routing {

void Load::end(replication::ServerId id, Duration latency) {
  ServerLoad& server = at(id);
  if (server.outstanding > 0) --server.outstanding;
  if (latency <= Duration::zero()) return;
  // An eighth of each new answer: smooth, and yet it follows within some ten answers.
  server.latency = server.latency == Duration::zero()
                       ? latency
                       : server.latency + (latency - server.latency) / 8;
}

void Load::learn(replication::ServerId id, const replication::Position& position,
                 std::uint64_t epoch) {
  ServerLoad& server = at(id);
  if (server.learned_epoch != epoch) {
    server.learned = {};
    server.learned_epoch = epoch;
  }
  server.learned.merge(position);
}

}  // namespace understudy::routing

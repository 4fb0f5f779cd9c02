#pragma once

#include "backend/dispatcher.h"
#include "backend/pooled_query.h"
#include "routing/session_reads.h"

namespace understudy::backend {

// Asks a server what it shows now, for a session that must know what it has seen at most. Loop
// thread only; destroying it gives up, without a call.
class SeenQuery final {
 public:
  using Done = UniqueFunction<void(Result<replication::Position>)>;

  explicit SeenQuery(Dispatcher& dispatcher) : dispatcher_(dispatcher), query_(dispatcher) {}

  // `want.state` must live until `done`, which is called once; it must not destroy this. Errors:
  // those of Pool::take and TextQuery.
  void start(replication::ServerId server, ConnectionWant want, Done done);
  // Gives up, without a call.
  void cancel() { query_.cancel(); }
  // Asks the primary. Error besides: Unreachable if there is none.
  void start_on_primary(ConnectionWant want, Done done);

 private:
  Dispatcher& dispatcher_;
  PooledQuery query_;
};

}  // namespace understudy::backend

#pragma once

#include <memory>

#include "backend/dispatcher.h"
#include "backend/text_query.h"
#include "routing/session_reads.h"

namespace understudy::backend {

// Asks a server what it shows now, for a session that must know what it has seen at most. Loop
// thread only; destroying it gives up, without a call.
class SeenQuery final {
 public:
  using Done = UniqueFunction<void(Result<replication::Position>)>;

  explicit SeenQuery(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  ~SeenQuery();
  SeenQuery(const SeenQuery&) = delete;
  SeenQuery& operator=(const SeenQuery&) = delete;

  // `want.state` must live until `done`, which is called once; it must not destroy this. Errors:
  // those of Pool::take and TextQuery.
  void start(replication::ServerId server, ConnectionWant want, Done done);
  // Gives up, without a call.
  void cancel();
  // Asks the primary. Error besides: Unreachable if there is none.
  void start_on_primary(ConnectionWant want, Done done);

 private:
  void ask(std::unique_ptr<ServerConnection> connection);
  void finish(Result<replication::Position> result);

  Dispatcher& dispatcher_;
  replication::ServerId server_;
  Done done_;
  std::unique_ptr<Pool::Ticket> ticket_;
  TextQuery query_;  // outlives the connection
  std::unique_ptr<ServerConnection> connection_;
};

}  // namespace understudy::backend

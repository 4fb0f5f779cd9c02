#pragma once

#include <memory>
#include <string>

#include "backend/dispatcher.h"
#include "backend/text_query.h"

namespace understudy::backend {

// One statement of our own on a pooled connection of a session's login. Loop thread only;
// destroying it gives up, without a call.
class PooledQuery final {
 public:
  using Done = UniqueFunction<void(Result<TextResult>)>;

  explicit PooledQuery(Dispatcher& dispatcher) : dispatcher_(dispatcher) {}
  ~PooledQuery();
  PooledQuery(const PooledQuery&) = delete;
  PooledQuery& operator=(const PooledQuery&) = delete;

  // `want.state` must live until `done`, which is called once; it must not destroy this. Errors:
  // those of Pool::take and TextQuery.
  void start(replication::ServerId server, ConnectionWant want, std::string sql, Done done);
  // Gives up, without a call.
  void cancel();

 private:
  void ask(std::unique_ptr<ServerConnection> connection);
  void finish(Result<TextResult> result);

  Dispatcher& dispatcher_;
  replication::ServerId server_;
  std::string sql_;
  Done done_;
  std::unique_ptr<Pool::Ticket> ticket_;
  TextQuery query_;  // outlives the connection
  std::unique_ptr<ServerConnection> connection_;
};

}  // namespace understudy::backend

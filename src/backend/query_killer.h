#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "net/loop.h"
#include "replication/topology.h"

namespace understudy::backend {

// Ends what runs on connections to servers: a server that is busy with a statement does not notice
// that its client has gone. The service account does it (it has CONNECTION ADMIN), on one
// connection to each server, opened when first needed. What cannot be done is given up: the
// statement then ends by itself. Lives on one loop, used on its thread only.
class QueryKiller final {
 public:
  enum class Scope : std::uint8_t { Query, Connection };
  static constexpr std::size_t kWaitingMax = 10'000;  // for one server

  QueryKiller(net::Loop& loop, std::shared_ptr<const Login> service, Duration connect_timeout)
      : loop_(loop), service_(std::move(service)), connect_timeout_(connect_timeout) {}

  // `thread_id` is the server's own. Returns at once. The kill may come late: whoever asks for one
  // of Scope::Query must not give the connection to anybody else (ServerConnection::retire).
  void kill(const replication::ServerView& server, std::uint32_t thread_id, Scope scope);

 private:
  struct Target {
    std::deque<std::string> waiting;
    bool busy = false;
    std::unique_ptr<ServerConnection::Attempt> attempt;
    TextQuery query;  // outlives the connection
    std::unique_ptr<ServerConnection> connection;
  };

  void connect(Target& target, const replication::ServerView& server);
  void next(Target& target);

  net::Loop& loop_;
  const std::shared_ptr<const Login> service_;
  const Duration connect_timeout_;
  std::map<std::uint32_t, Target> targets_;  // by ServerId; places do not move
};

}  // namespace understudy::backend

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::control {

// A few statements in the name of an account, one after the other over a connection of their own.
// Lives on one loop; destroying it ends them without a call.
class AccountQuery {
 public:
  using Answers = std::vector<backend::TextResult>;
  // Called once, from the loop; must not destroy this inside the call. Errors: that of the first
  // statement that failed, of logging in (Server), Unreachable, Lost, Timeout.
  using Done = UniqueFunction<void(Result<Answers>)>;

  AccountQuery(net::Loop& loop, const replication::ServerView& server,
               std::shared_ptr<const backend::Login> login, Duration timeout,
               std::vector<std::string> statements, Done done);
  AccountQuery(const AccountQuery&) = delete;
  AccountQuery& operator=(const AccountQuery&) = delete;

 private:
  void next();
  void finish(Result<Answers> result);

  const std::vector<std::string> statements_;
  Done done_;
  Answers answers_;
  backend::TextQuery query_;  // outlives the connection
  std::unique_ptr<backend::ServerConnection::Attempt> attempt_;
  std::unique_ptr<backend::ServerConnection> connection_;
  net::Timer deadline_;
};

}  // namespace understudy::control

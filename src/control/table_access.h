#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/login.h"
#include "control/account_query.h"
#include "feed/request.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::control {

// Asks the primary in the name of accounts: whether one may read what it subscribes to, and how its
// tables are defined. What several ask for is asked once. Lives on one loop.
class TableAccess {
 public:
  // So many connections at one time, each for a moment; the rest waits.
  static constexpr std::size_t kQueriesMax = 8;

  explicit TableAccess(net::Loop& loop) : loop_(loop), again_(loop) {}
  TableAccess(const TableAccess&) = delete;
  TableAccess& operator=(const TableAccess&) = delete;

  void set_topology(replication::TopologyPtr topology);

  using Login = std::shared_ptr<const backend::Login>;
  // Whether the account may SELECT all that the selection shows and filters by. `done` is called
  // once, perhaps inside this call. Errors: Server with the server's words (no right,
  // no such table or column), Invalid (a view), or that there is no primary (Unreachable, Lost,
  // Timeout).
  void check(const Login& login, const feed::Selection& selection,
             UniqueFunction<void(Result<void>)> done);
  // Forgets what was found out: rights have changed.
  void forget();

  // Runs one statement as the account.
  void ask(const Login& login, std::string statement,
           UniqueFunction<void(Result<backend::TextResult>)> done);

 private:
  using Done = AccountQuery::Done;
  struct Waiting {
    Login login;
    std::vector<std::string> statements;
    Done done;
  };
  struct Check {
    bool allowed = false;
    std::vector<UniqueFunction<void(Result<void>)>> waiting;  // for the answer
  };

  void enqueue(Waiting waiting);
  void run_next();
  void answered(const std::string& key, std::uint64_t asked_at, Result<void> result);

  net::Loop& loop_;
  replication::TopologyPtr topology_;
  std::map<std::string, Check> checks_;
  std::uint64_t revision_ = 0;  // of the rights
  std::deque<Waiting> waiting_;
  std::map<std::uint64_t, std::unique_ptr<AccountQuery>> running_;
  std::uint64_t next_ = 0;
  net::Timer again_;
};

}  // namespace understudy::control

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/account_table.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "control/finding.h"
#include "control/link.h"
#include "control/readiness.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/server_observation.h"
#include "replication/topology_builder.h"

namespace understudy::control {

// What was found on one server, by ServerId.
struct ServerFacts {
  std::optional<Error> no_connection;
  std::optional<replication::Flavour> greeted;  // with or without a connection
  std::optional<Error> no_status;               // the replica status may not be read
  std::optional<Error> no_accounts;             // the account table may not be read
  replication::ServerObservation observation;
  std::vector<backend::Account> accounts;
  FailoverFacts failover;
};

// What would hurt, the worst first. Pure.
std::vector<Finding> evaluate(const replication::TopologySettings& settings,
                              std::string_view service_user, const std::vector<ServerFacts>& facts);

// Asks every server once and evaluates the answers: `understudy check`. Lives on one loop.
class Preflight {
 public:
  using Done = UniqueFunction<void(std::vector<Finding>)>;

  // `opener` outlives this; `settings.probe_timeout` bounds each server's answers.
  Preflight(net::Loop& loop, LinkOpener& opener, replication::TopologySettings settings,
            std::string service_user, bool cache_enabled = false);
  ~Preflight();

  // `done` is called once, never inside this call.
  void start(Done done);

 private:
  struct Server;

  void opened(Server& server, Result<std::unique_ptr<Link>> link);
  void ask_status(Server& server);
  void ask_accounts(Server& server);
  void ask_failover(Server& server);
  void lost(Server& server, Error why);
  void finished(Server& server);

  net::Loop& loop_;
  LinkOpener& opener_;
  const replication::TopologySettings settings_;
  const std::string service_user_;
  const bool cache_enabled_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::size_t missing_ = 0;
  Done done_;
};

}  // namespace understudy::control

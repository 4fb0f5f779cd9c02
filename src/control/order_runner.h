#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/link.h"
#include "failover/order.h"
#include "net/loop.h"
#include "net/timer.h"

namespace understudy::control {

struct OrderRunnerSettings {
  std::vector<Address> addresses;  // by ServerId: as the servers reach each other
  std::string service_user;        // replicates where a server has no account for it yet
  std::string service_password;
  Duration heartbeat{};  // of replication connections
  Duration connect_timeout{};
};

// Carries orders out on the servers: each over a connection of its own to its server, action after
// action. Lives on the control loop.
class OrderRunner {
 public:
  using Done =
      UniqueFunction<void(failover::OrderId, replication::ServerId, const failover::OrderResult&)>;

  // `opener` outlives this; `done` is called once for each order, never inside run().
  OrderRunner(net::Loop& loop, LinkOpener& opener, OrderRunnerSettings settings, Done done);
  ~OrderRunner();
  OrderRunner(const OrderRunner&) = delete;
  OrderRunner& operator=(const OrderRunner&) = delete;

  void run(failover::Order order);

 private:
  class Run;

  void ended(failover::OrderId id, const failover::OrderResult& result);

  net::Loop& loop_;
  LinkOpener& opener_;
  const OrderRunnerSettings settings_;
  Done done_;
  std::map<failover::OrderId, std::unique_ptr<Run>> runs_;
};

}  // namespace understudy::control

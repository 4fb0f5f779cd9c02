#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "failover/planner.h"
#include "replication/topology_builder.h"
#include "sim/cluster.h"

namespace understudy::sim {

struct ManagerSettings {
  failover::PlannerSettings planner;
  Duration probe_interval = std::chrono::milliseconds(250);
  Duration probe_timeout = std::chrono::seconds(1);
  // Of all orders, so many percent fail on the way or take long.
  std::uint64_t failing_orders = 0;
  std::uint64_t slow_orders = 0;
};

// What the rest of a run does for, or to, a manager.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  [[nodiscard]] virtual std::size_t writers() const = 0;
  virtual void cut_writers() = 0;
  virtual void rebuild(replication::ServerId server) = 0;
  // An action is about to be carried out: a moment at which something may break.
  virtual void acting(Node server) = 0;
  // A server was appointed.
  virtual void appointed(Node server) = 0;
  // A server was found to lead; `alone`: no replica that answers says so, it only takes writes.
  virtual void found(Node server, bool followed, bool all_answer) = 0;
};

// One life of an Understudy: it probes the servers, drives the planner, and carries out its orders,
// as control::Monitor, FailoverManager and OrderRunner do. What it knows ends with it.
class Manager : public std::enable_shared_from_this<Manager> {
 public:
  Manager(World& world, Cluster& cluster, ManagerSettings settings, Surroundings& surroundings);

  void start();
  // Stops at once; statements that are on their way may still arrive.
  void die() { alive_ = false; }
  [[nodiscard]] bool alive() const { return alive_; }

  // What clients see.
  [[nodiscard]] const replication::Topology& topology() const { return topology_; }
  void acknowledge(const Transaction& transaction);
  // A connection of ours to the server has been reset.
  void connection_lost(Node server);

  // What an operator does.
  bool switch_over(Node to);
  void fail_over();

  [[nodiscard]] failover::PlannerView view() const { return planner_.view(); }
  void step();

 private:
  struct Watch {
    bool busy = false;
    bool look_again = false;
    std::uint64_t number = 0;  // of the probe under way, or of the timer for the next
    Instant sent{};
  };
  struct Run {
    failover::Order order;
    std::size_t done = 0;
    bool reached = false;
    std::uint32_t boot = 0;  // of the server that was reached
    Instant action_began{};
  };

  void probe(Node server);
  void arrive(Node server, std::uint64_t number);
  void ended(Node server, replication::ServerObservation observation);
  void look(Node server);
  void publish();
  void carry_out(failover::Decisions decisions);
  void run(failover::Order order);
  void run_next(failover::OrderId id);
  void run_action(failover::OrderId id);
  void hang(failover::OrderId id);
  void finish(failover::OrderId id, std::optional<Error> error);

  // Calls it later, if this manager is still alive then.
  template <typename What>
  void after(Duration pause, What what) {
    world_.time.after(pause, [self = shared_from_this(), what = std::move(what)]() mutable {
      if (self->alive_) what();
    });
  }

  World& world_;
  Cluster& cluster_;
  const ManagerSettings settings_;
  Surroundings& surroundings_;
  const Node here_;
  bool alive_ = true;
  failover::Planner planner_;
  replication::TopologyBuilder builder_;
  replication::Topology topology_;
  std::vector<Watch> watches_;
  std::map<failover::OrderId, Run> runs_;
  replication::Position acknowledged_;
  bool stepping_ = false;
  bool step_again_ = false;
  std::uint64_t timer_ = 0;
};

}  // namespace understudy::sim

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "failover/candidate.h"
#include "failover/detector.h"
#include "failover/order.h"

namespace understudy::failover {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct PlannerSettings {
  DetectorSettings detector;
  bool automatic = true;          // failover.mode
  bool rejoin = true;             // failover.rejoin
  Duration min_interval{};        // between two automatic failovers
  Duration drain{};               // how long a switchover waits for transactions under way
  bool cut_transactions = false;  // then cut them; else the switchover is called off
};

// What an operation sees of the world and may do to it; the planner's side.
class Desk {
 public:
  virtual ~Desk() = default;

  [[nodiscard]] virtual const Detector& detector() const = 0;
  [[nodiscard]] virtual const PlannerSettings& settings() const = 0;
  [[nodiscard]] virtual Instant now() const = 0;
  // What clients were told is committed.
  [[nodiscard]] virtual const Position& acknowledged() const = 0;
  // That part of it which was while the primary waited for replicas: the new primary must have it.
  [[nodiscard]] virtual const Position& promised() const = 0;
  // Sessions that run something on the primary or hold a connection to it.
  [[nodiscard]] virtual std::size_t writers() const = 0;

  virtual OrderId give(ServerId server, std::vector<Action> actions, Duration timeout) = 0;
  // Asks for a probe of the server now.
  virtual void look(ServerId server) = 0;
  // Makes it the primary of the next epoch, for everybody.
  virtual void appoint(ServerId server) = 0;
  // Keeps new statements from the primary, and lets them again.
  virtual void close_primary(bool closed) = 0;
  virtual void cut_writers() = 0;
  virtual void note(std::string event, Fields fields) = 0;
};

// A change of primary, one step after another. It acts when it is stepped: after every observation
// and every result of an order, and when the time comes that it asked for.
class Operation {
 public:
  virtual ~Operation() = default;

  virtual void step(Desk& desk) = 0;
  virtual void finished(OrderId id, const OrderResult& result) = 0;

  // True when nothing is left to do; then also whether it reached its goal.
  [[nodiscard]] virtual bool over() const = 0;
  [[nodiscard]] virtual bool succeeded() const = 0;
  // Why it does not go on, for people; empty while it does.
  [[nodiscard]] virtual const std::string& blocked() const = 0;
  // "failover", "switchover"
  [[nodiscard]] virtual std::string_view name() const = 0;
};

// The results of orders that an operation has given, by what it calls them.
class Orders {
 public:
  void add(OrderId id, ServerId server) { open_.emplace(id, server); }
  // Takes the result in, if the order is one of these.
  bool finish(OrderId id, const OrderResult& result);
  [[nodiscard]] bool open(ServerId server) const;
  [[nodiscard]] bool any_open() const { return !open_.empty(); }
  // The result for a server that has finished; nullptr before.
  [[nodiscard]] const OrderResult* result(ServerId server) const;
  void forget(ServerId server) { results_.erase(server); }

 private:
  std::map<OrderId, ServerId> open_;
  std::map<ServerId, OrderResult> results_;
};

// The actions that let `server`, which replicates from nobody, take writes.
std::vector<Action> opening(const Detector& detector, ServerId server);
// The actions that make `server` the primary once it has applied everything, and those that are
// done when it is: it forgets its source.
std::vector<Action> promotion(const Detector& detector, ServerId server);
std::vector<Action> detaching();
// True for a replica that can turn to another source while it still has something to apply, and may
// have more than that source. MariaDB's throws its relay log away, and its source refuses.
bool turns_while_applying(const Member& member);
// The actions that make `server` replicate from `source`. What it has received from another one and
// not applied is forgotten, or kept where turns_while_applying() and `keep_received`.
std::vector<Action> following(const Detector& detector, ServerId server, ServerId source,
                              bool keep_received = false);

}  // namespace understudy::failover

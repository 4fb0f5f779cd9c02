// How a Manager carries orders out: each over a connection of its own, action after action.
#include <utility>

#include "sim/manager.h"

namespace understudy::sim {

using failover::Action;
using failover::OrderId;

namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds(5);

}  // namespace

void Manager::run(failover::Order order) {
  const OrderId id = order.id;
  if (world_.tracing()) {
    std::string text;
    for (const Action& action : order.actions)
      text += fmt::format(" {}", to_text(action.kind));
    world_.say("order {} to s{}:{}", id, order.server.value(), text);
  }
  const Duration timeout = order.timeout;
  const bool slow = world_.chance.percent(settings_.slow_orders);
  runs_[id].order = std::move(order);
  after(timeout, [this, id] { finish(id, make_error(ErrorKind::Timeout, "not done in time")); });
  after(std::min(timeout, settings_.probe_timeout), [this, id] {
    const auto found = runs_.find(id);
    if (found != runs_.end() && !found->second.reached)
      finish(id, make_error(ErrorKind::Timeout, "no connection"));
  });
  after(slow ? world_.chance.ms(50, 900) : world_.delay(), [this, id] {
    const auto found = runs_.find(id);
    if (found == runs_.end()) return;
    const Node server = found->second.order.server.value();
    if (!world_.linked(here_, server) || cluster_.at(server).frozen) return;
    if (!cluster_.at(server).up) return finish(id, make_error(ErrorKind::Unreachable, "refused"));
    found->second.reached = true;
    found->second.boot = cluster_.at(server).boot;
    run_next(id);
  });
}

void Manager::run_next(OrderId id) {
  Run& run = runs_.at(id);
  if (run.done == run.order.actions.size()) return finish(id, std::nullopt);
  run.action_began = world_.time.now();
  const auto self = shared_from_this();
  // The statement is on its way, whatever becomes of us.
  world_.time.after(world_.delay(), [self, id] { self->run_action(id); });
}

void Manager::run_action(OrderId id) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  Run& run = found->second;
  const Node server = run.order.server.value();
  surroundings_.acting(server);
  if (!cluster_.at(server).up || cluster_.at(server).boot != run.boot) {
    if (alive_) finish(id, make_error(ErrorKind::Lost, "connection lost"));
    return;
  }
  if (!world_.linked(here_, server)) return;  // until the timeout
  if (cluster_.at(server).frozen) return hang(id);
  if (alive_ && world_.chance.percent(settings_.failing_orders))
    return finish(id, make_error(ErrorKind::Server, "injected"));
  const Duration since = world_.time.now() - run.action_began;
  const auto progress = cluster_.perform(server, run.order.actions[run.done], since);
  if (!alive_) return;  // its connection is gone: what comes after is not sent
  const auto self = shared_from_this();
  if (progress == Cluster::Progress::Again) {
    world_.time.after(kAskAgain, [self, id] {
      if (self->alive_) self->run_action(id);
    });
    return;
  }
  if (progress == Cluster::Progress::Failed)
    return finish(id, make_error(ErrorKind::Server, "refused by the server"));
  after(world_.delay(), [this, id] {
    const auto answered = runs_.find(id);
    if (answered == runs_.end()) return;
    if (!world_.linked(here_, answered->second.order.server.value())) return;
    ++answered->second.done;
    run_next(id);
  });
}

// The statement lies in the socket of a frozen server: it is carried out when that goes on, perhaps
// long after we have given up.
void Manager::hang(OrderId id) {
  const Run& run = runs_.at(id);
  const Node server = run.order.server.value();
  cluster_.at(server).stalled.emplace_back(
      [self = shared_from_this(), id, server, action = run.order.actions[run.done]] {
        if (self->alive_ && self->runs_.contains(id)) {
          self->run_action(id);
        } else {
          self->cluster_.perform(server, action, {});
        }
      });
}

void Manager::finish(OrderId id, std::optional<Error> error) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  const Node server = found->second.order.server.value();
  failover::OrderResult result{found->second.done, std::move(error)};
  runs_.erase(found);
  if (result.error) world_.say("order {} failed: {}", id, result.error->message);
  planner_.finished(id, std::move(result));
  look(server);
  step();
}

}  // namespace understudy::sim

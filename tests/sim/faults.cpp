// What breaks in a Simulation, and how it is mended.
#include "sim/simulation.h"

namespace understudy::sim {

Node Simulation::some_server() {
  if (manager_->topology().primary && world_.chance.percent(40))
    return manager_->topology().primary->value();
  return world_.chance.index(cluster_.size());
}

void Simulation::next_fault() {
  world_.time.after(world_.chance.ms(1, fault_pace_ms_), [this] {
    if (!faulty_) return;
    fault();
    next_fault();
  });
}

void Simulation::fault() {
  const Node server = some_server();
  const std::size_t nodes = cluster_.size() + 1;
  switch (world_.chance.between(0, faults_ == Faults::All ? 11 : 10)) {
    case 0:
    case 1:
    case 2:
      return crash(server);
    case 3:
    case 4:
      cluster_.freeze(server);
      world_.time.after(world_.chance.ms(20, 4000), [this, server] { cluster_.thaw(server); });
      return;
    case 7:
    case 8:
      if (!network_parts_) return crash(server);
      return part(server, (server + world_.chance.between(1, nodes - 1)) % nodes,
                  world_.chance.ms(20, 5000));
    case 9:
      if (!network_parts_) return crash(server);
      return isolate(server);
    case 10:
      if (managers_die_) kill_manager();
      return;
    case 5:
      if (!manager_->alive()) return;
      world_.say("switchover to s{}: {}", server,
                 manager_->switch_over(server) ? "begun" : "refused");
      return;
    case 6:
      cluster_.at(server).apply_delay = world_.chance.ms(0, 300);
      return;
    default:
      world_.say("an operator makes s{} writable", server);
      cluster_.at(server).read_only = false;
      return;
  }
}

// A primary that ends before it has forgotten its source comes back as a replica. A manager that
// sees that finishes it; one that starts later cannot tell it from a replica that was written to by
// mistake: the limit that docs/failover.md tells of.
bool Simulation::undetached(Node server) const {
  return !cluster_.at(server).log.empty() && cluster_.at(server).source.has_value() &&
         cluster_.at(server).log.back().server == server + 1;
}

void Simulation::crash(Node server) {
  if (!cluster_.at(server).up) return;
  if (!manager_->alive() && undetached(server)) return;
  cluster_.crash(server);
  manager_->connection_lost(server);
  restart_later(server);
}

void Simulation::restart_later(Node server) {
  const Duration pause =
      world_.chance.percent(60) ? world_.chance.ms(100, 1500) : world_.chance.ms(1500, 10000);
  world_.time.after(pause, [this, server] { cluster_.restart(server); });
}

void Simulation::part(Node a, Node b, Duration how_long) {
  cluster_.set_linked(a, b, false);
  world_.time.after(how_long, [this, a, b] { cluster_.set_linked(a, b, true); });
}

void Simulation::isolate(Node server) {
  const Duration how_long = world_.chance.ms(20, 5000);
  for (Node other = 0; other <= cluster_.size(); ++other)
    if (other != server) part(server, other, how_long);
}

void Simulation::kill_manager() {
  if (!manager_->alive()) return;
  for (Node server = 0; server < cluster_.size(); ++server)
    if ((cluster_.at(server).read_only || !cluster_.at(server).up) && undetached(server)) return;
  world_.say("the manager dies");
  manager_->die();
  for (Client& client : clients_) {
    if (!client.waiting) continue;
    client.waiting = false;
    const auto index = static_cast<std::size_t>(&client - clients_.data());
    world_.time.after(client_pause_, [this, index] { client_goes_on(index); });
  }
  world_.time.after(world_.chance.ms(20, 1500), [this] { start_manager(); });
}

void Simulation::start_manager() {
  if (manager_ && manager_->alive()) return;
  ++life_;
  world_.say("a manager starts");
  ledger_.manager_started(life_);
  manager_ = std::make_shared<Manager>(world_, cluster_, manager_settings_, *this);
  manager_->start();
}

// In the middle of an order.
void Simulation::acting(Node server) {
  if (!faulty_ || !world_.chance.percent(fatal_actions_)) return;
  if (!managers_die_ || world_.chance.percent(50)) {
    crash(server);
  } else {
    kill_manager();
  }
}

void Simulation::mend_everything() {
  faulty_ = false;
  world_.say("all is mended");
  for (Node a = 0; a <= cluster_.size(); ++a)
    for (Node b = a + 1; b <= cluster_.size(); ++b)
      cluster_.set_linked(a, b, true);
  for (Node server = 0; server < cluster_.size(); ++server) {
    cluster_.thaw(server);
    cluster_.restart(server);
  }
  start_manager();
}

}  // namespace understudy::sim

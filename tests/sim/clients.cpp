// The clients of a Simulation: they write through the manager's published topology.
#include <algorithm>

#include "sim/simulation.h"

namespace understudy::sim {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(20);
constexpr Duration kClientTimeout = std::chrono::seconds(2);

}  // namespace

void Simulation::client_goes_on(std::size_t client) {
  const replication::Topology* topology = manager_->alive() ? &manager_->topology() : nullptr;
  if (topology != nullptr && topology->primary && !topology->primary_closed)
    return send(client, topology->primary->value());
  world_.time.after(kLookAgain, [this, client] { client_goes_on(client); });
}

void Simulation::send(std::size_t client, Node server) {
  Client& it = clients_[client];
  it = {true, it.number + 1, life_, manager_->topology().epoch, server};
  const std::uint64_t number = it.number;
  world_.time.after(world_.delay(),
                    [this, client, number, server] { arrive(client, number, server); });
  world_.time.after(kClientTimeout,
                    [this, client, number] { answered(client, number, Outcome::Unknown, {}); });
}

void Simulation::arrive(std::size_t client, std::uint64_t number, Node server) {
  if (!world_.linked(cluster_.size(), server)) return;
  Server& at = cluster_.at(server);
  if (at.frozen) {
    // It lies in the server's socket, even if the client has gone when it is read.
    at.stalled.emplace_back([this, client, number, server] { arrive(client, number, server); });
    return;
  }
  if (!at.up) return answered(client, number, Outcome::Unknown, {});
  cluster_.write(
      server, [this, client, number, server](Outcome outcome, const Transaction& transaction) {
        world_.time.after(world_.delay(), [this, client, number, server, outcome, transaction] {
          if (world_.linked(cluster_.size(), server))
            answered(client, number, outcome, transaction);
        });
      });
}

void Simulation::answered(std::size_t client, std::uint64_t number, Outcome outcome,
                          const Transaction& transaction) {
  Client& it = clients_[client];
  if (!it.waiting || it.number != number) return;
  it.waiting = false;
  // A connection to a server that is not the primary any more has been closed.
  const bool connected =
      manager_->alive() && life_ == it.life && manager_->topology().epoch == it.epoch;
  const bool committed =
      outcome == Outcome::Protected || outcome == Outcome::Unprotected || outcome == Outcome::Async;
  if (connected && committed) {
    ledger_.acknowledged(transaction, outcome, it.server, it.life, it.epoch);
    manager_->acknowledge(transaction);
  }
  world_.time.after(committed ? client_pause_ : kLookAgain,
                    [this, client] { client_goes_on(client); });
}

std::size_t Simulation::writers() const {
  return static_cast<std::size_t>(std::ranges::count(clients_, true, &Client::waiting));
}

void Simulation::cut_writers() {
  for (std::size_t i = 0; i < clients_.size(); ++i)
    answered(i, clients_[i].number, Outcome::Unknown, {});
}

void Simulation::appointed(Node) {
  ++report_.changes;
  cut_writers();
}

// A manager that starts while only a server of the past answers has nothing to know it by: servers
// have to be configured to start read-only. What that loses is not the planner's fault.
void Simulation::found(Node server, bool followed, bool all_answer) {
  world_.say("s{} leads{}", server, followed ? "" : ", followed by nobody");
  if (!followed && !all_answer) ledger_.loss_accepted();
}

}  // namespace understudy::sim

#include "sim/simulation.h"

#include <algorithm>

namespace understudy::sim {
namespace {

using failover::Diagnosis;

constexpr Duration kOperatorTick = std::chrono::milliseconds(250);
// What has not healed by then never will.
constexpr Duration kHealingMax = std::chrono::seconds(90);
// How long an operator looks on before he decides what only an operator may decide.
constexpr Duration kOperatorPatience = std::chrono::seconds(5);
constexpr Duration kStaysHealthy = std::chrono::seconds(1);

ClusterSettings cluster_settings(Chance& chance, Faults faults) {
  ClusterSettings settings;
  settings.may_boot_writable = faults == Faults::All;
  settings.servers = chance.percent(70) ? 3 : chance.between(2, 5);
  settings.semi_sync = chance.percent(85);
  settings.semi_sync_timeout = chance.percent(50) ? chance.ms(300, 2000) : std::chrono::seconds(60);
  settings.heartbeat = std::chrono::milliseconds(250);
  settings.net_timeout = chance.percent(50) ? std::chrono::seconds(4) : std::chrono::seconds(20);
  return settings;
}

ManagerSettings manager_settings(Chance& chance, const ClusterSettings& cluster) {
  ManagerSettings settings;
  for (Node i = 0; i < cluster.servers; ++i) {
    replication::ServerSettings server;
    server.name = fmt::format("s{}", i);
    server.address = address_of(i);
    if (i > 0 && chance.percent(5)) server.priority = 50;
    settings.planner.detector.servers.push_back(std::move(server));
  }
  settings.planner.detector.after =
      chance.percent(50) ? std::chrono::seconds(1) : std::chrono::seconds(2);
  settings.planner.min_interval = chance.ms(0, 5000);
  settings.planner.drain = chance.ms(0, 500);
  settings.planner.cut_transactions = chance.percent(50);
  if (chance.percent(30)) settings.failing_orders = chance.between(1, 5);
  if (chance.percent(30)) settings.slow_orders = chance.between(1, 20);
  return settings;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Faults faults, bool trace)
    : faults_(faults),
      world_(seed, trace),
      cluster_settings_(cluster_settings(world_.chance, faults)),
      manager_settings_(manager_settings(world_.chance, cluster_settings_)),
      cluster_(world_, cluster_settings_),
      ledger_(world_, cluster_),
      clients_(world_.chance.between(1, 3)),
      client_pause_(world_.chance.ms(10, 120)),
      fault_pace_ms_(world_.chance.between(100, 3000)),
      fatal_actions_(world_.chance.percent(30) ? world_.chance.between(1, 15) : 0),
      network_parts_(world_.chance.percent(50)),
      managers_die_(world_.chance.percent(50)) {}

Report Simulation::run() {
  start_manager();
  for (std::size_t i = 0; i < clients_.size(); ++i)
    client_goes_on(i);
  world_.time.run_until(world_.time.now() + std::chrono::seconds(1));
  faulty_ = true;
  next_fault();
  operate();
  world_.time.run_until(world_.time.now() + world_.chance.ms(500, 8000));
  mend_everything();
  manager_settings_.failing_orders = 0;
  heal();
  report_.violations = world_.violations;
  report_.acknowledged = ledger_.count();
  return report_;
}

void Simulation::heal() {
  const Instant mended = world_.time.now();
  acknowledged_before_ = ledger_.count();
  std::string what;
  Instant healthy_since = mended;
  while (world_.time.now() - mended < kHealingMax) {
    world_.time.run_until(world_.time.now() + kOperatorTick);
    what = ailment();
    if (!what.empty()) healthy_since = world_.time.now();
    if (world_.time.now() - healthy_since >= kStaysHealthy) break;
  }
  report_.healing = healthy_since - mended;
  if (!what.empty()) return world_.violated("does not heal: " + what);
  ledger_.check(cluster_.at(manager_->topology().primary->value()));
}

// What is still wrong; empty if nothing is.
std::string Simulation::ailment() {
  if (!manager_->alive()) return "no manager";
  const replication::Topology& topology = manager_->topology();
  const failover::PlannerView view = manager_->view();
  if (!topology.primary)
    return fmt::format("no primary: {}; {}", topology.no_primary_reason,
                       to_text(view.finding.diagnosis));
  if (topology.primary_closed) return "the primary is closed";
  if (view.finding.diagnosis != Diagnosis::Healthy)
    return std::string(to_text(view.finding.diagnosis));
  if (view.state != "idle") return view.state + " " + view.blocked;
  const Server& primary = cluster_.at(topology.primary->value());
  if (primary.read_only) return fmt::format("s{} leads but is read-only", primary.number);
  if (primary.source) return fmt::format("s{} leads but replicates", primary.number);
  if (cluster_settings_.semi_sync && (!primary.semi_sync_source || primary.degraded))
    return "semi-sync does not wait";
  for (Node i = 0; i < cluster_.size(); ++i) {
    if (i == primary.number) continue;
    std::string what = ailment_of(primary, cluster_.at(i));
    if (!what.empty()) return fmt::format("s{} {}", i, what);
  }
  return ledger_.count() > acknowledged_before_ ? "" : "nothing was written yet";
}

std::string Simulation::ailment_of(const Server& primary, const Server& other) const {
  if (!other.read_only) return "is writable beside the primary";
  if (other.semi_sync_source) return "would wait for acknowledgements";
  if (!other.source) return "replicates from nobody";
  if (other.receiving != Receiving::Connected) return "does not receive";
  if (!other.applying) return "does not apply";
  if (other.log.size() > primary.log.size()) return "has more than the primary";
  for (std::size_t i = 0; i < other.log.size(); ++i)
    if (other.log[i].id != primary.log[i].id) return "has another history than the primary";
  return {};
}

// What people do: rebuild a server that has to be, and decide where nobody else may.
void Simulation::operate() {
  world_.time.after(kOperatorTick, [this] { operate(); });
  rebuild_wanted();
  if (faulty_ || !manager_->alive()) return;
  const Instant now = world_.time.now();
  const failover::PlannerView view = manager_->view();
  const auto lasts = [now](bool is, std::optional<Instant>& since) {
    if (!is) {
      since.reset();
    } else if (!since) {
      since = now;
    }
    return is && now - *since >= kOperatorPatience;
  };
  if (lasts(view.finding.diagnosis == Diagnosis::SeveralPrimaries, several_since_))
    choose_by_hand();
  if (lasts(view.state == "failover" && !view.blocked.empty(), blocked_since_)) {
    world_.say("an operator orders the failover");
    ++report_.forced;
    ledger_.loss_accepted();
    manager_->fail_over();
  }
}

void Simulation::choose_by_hand() {
  Node best = 0;
  for (Node i = 0; i < cluster_.size(); ++i)
    if (!cluster_.at(i).responds()) return;  // all of them first
  for (Node i = 1; i < cluster_.size(); ++i)
    if (ledger_.missing(cluster_.at(i)) < ledger_.missing(cluster_.at(best))) best = i;
  ++report_.by_hand;
  world_.say("an operator chooses s{}", best);
  ledger_.loss_accepted();
  cluster_.at(best).read_only = false;
  cluster_.at(best).source.reset();
  for (Node i = 0; i < cluster_.size(); ++i)
    if (i != best) rebuild_from(i, best, true);
}

void Simulation::rebuild_wanted() {
  if (!manager_->alive() || !manager_->topology().primary) return;
  const Node primary = manager_->topology().primary->value();
  const auto& view = manager_->view();
  if (view.state != "idle" || view.finding.diagnosis != Diagnosis::Healthy) return;
  if (!cluster_.at(primary).responds()) return;
  for (const Node server : std::exchange(to_rebuild_, {})) {
    const bool broken =
        cluster_.at(server).receive_error != 0 || cluster_.at(server).apply_error != 0;
    if (server == primary || (!broken && !has_extra(cluster_.at(server), cluster_.at(primary))))
      continue;
    ++report_.rebuilds;
    rebuild_from(server, primary);
  }
}

bool Simulation::has_extra(const Server& server, const Server& primary) {
  std::set<std::uint32_t> known;
  for (const Transaction& each : primary.log)
    known.insert(each.id);
  return !std::ranges::all_of(server.log,
                              [&](const Transaction& each) { return known.contains(each.id); });
}

// It is down meanwhile.
void Simulation::rebuild_from(Node server, Node from, bool follow) {
  cluster_.crash(server);
  manager_->connection_lost(server);
  world_.time.after(world_.chance.ms(300, 800), [this, server, from, follow] {
    if (!cluster_.at(server).up && cluster_.at(from).responds()) {
      cluster_.rebuild(server, from);
      if (follow) cluster_.let_follow(server, from);
    } else {
      cluster_.restart(server);
      to_rebuild_.insert(server);
    }
  });
}

}  // namespace understudy::sim

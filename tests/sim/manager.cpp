#include "sim/manager.h"

#include <algorithm>
#include <utility>

namespace understudy::sim {

using replication::ServerId;
using replication::ServerObservation;

namespace {

replication::TopologySettings topology_settings(const ManagerSettings& settings) {
  replication::TopologySettings topology;
  topology.cluster = "sim";
  topology.servers = settings.planner.detector.servers;
  topology.max_lag = std::chrono::seconds(10);
  topology.probe_timeout = settings.probe_timeout;
  return topology;
}

}  // namespace

Manager::Manager(World& world, Cluster& cluster, ManagerSettings settings,
                 Surroundings& surroundings)
    : world_(world),
      cluster_(cluster),
      settings_(std::move(settings)),
      surroundings_(surroundings),
      here_(cluster.size()),
      planner_(settings_.planner),
      builder_(topology_settings(settings_)),
      topology_(builder_.build()),
      watches_(cluster.size()) {}

void Manager::start() {
  for (Node server = 0; server < watches_.size(); ++server)
    probe(server);
}

// A probe: there and back, or refused, or nothing until the timeout.
void Manager::probe(Node server) {
  Watch& watch = watches_[server];
  if (watch.busy) return;
  watch.busy = true;
  watch.sent = world_.time.now();
  const std::uint64_t number = ++watch.number;
  after(settings_.probe_timeout, [this, server, number] {
    if (watches_[server].number != number || !watches_[server].busy) return;
    ServerObservation nothing;
    nothing.failure = make_error(ErrorKind::Timeout, "no answer");
    ended(server, std::move(nothing));
  });
  after(world_.delay(), [this, server, number] { arrive(server, number); });
}

void Manager::arrive(Node server, std::uint64_t number) {
  if (!world_.linked(here_, server) || cluster_.at(server).frozen) return;
  ServerObservation observation;
  if (cluster_.at(server).up) {
    observation = cluster_.observe(server);
  } else {
    observation.failure = make_error(ErrorKind::Unreachable, "refused");
  }
  after(world_.delay(), [this, server, number, observation = std::move(observation)]() mutable {
    const Watch& watch = watches_[server];
    if (watch.number != number || !watch.busy || !world_.linked(here_, server)) return;
    ended(server, std::move(observation));
  });
}

void Manager::connection_lost(Node server) {
  after(world_.delay(), [this, server] {
    if (!world_.linked(here_, server)) return;
    Watch& watch = watches_[server];
    if (watch.busy) {
      ServerObservation reset;
      reset.failure = make_error(ErrorKind::Lost, "reset");
      ended(server, std::move(reset));
    } else {
      probe(server);
    }
  });
}

void Manager::ended(Node server, ServerObservation observation) {
  Watch& watch = watches_[server];
  const Instant now = world_.time.now();
  watch.busy = false;
  observation.sent = watch.sent;
  observation.answered = now;
  const ServerId id(static_cast<std::uint16_t>(server));
  const bool answered = !observation.failure;
  const std::uint64_t number = ++watch.number;
  builder_.feed(id, observation, now);
  planner_.observe(id, observation);
  publish();
  const bool primary = topology_.primary == id;
  const Duration own = primary ? settings_.probe_interval : settings_.probe_interval * 3 / 2;
  after(std::max<Duration>(watch.sent + own - now, {}), [this, server, number] {
    if (watches_[server].number == number) probe(server);
  });
  if (answered && primary) {
    for (Node other = 0; other < watches_.size(); ++other)
      if (other != server) probe(other);
  }
  if (std::exchange(watch.look_again, false)) look(server);
}

void Manager::look(Node server) {
  Watch& watch = watches_[server];
  if (watch.busy) {
    watch.look_again = true;
  } else {
    probe(server);
  }
}

void Manager::publish() {
  const auto before = topology_.primary;
  topology_ = builder_.build();
  if (topology_.primary && topology_.primary != before) {
    const auto& members = planner_.detector().members();
    const failover::Member& leader = members[topology_.primary->value()];
    const bool followed = std::ranges::any_of(members, [&](const failover::Member& member) {
      return member.answers && follows(member, leader);
    });
    const bool all_answer = std::ranges::all_of(members, &failover::Member::answers);
    surroundings_.found(topology_.primary->value(), followed, all_answer);
  }
  planner_.primary_seen(topology_.primary);
  step();
}

void Manager::acknowledge(const Transaction& transaction) {
  acknowledged_.add({0, transaction.server, transaction.sequence});
}

void Manager::step() {
  if (stepping_) {
    step_again_ = true;
    return;
  }
  stepping_ = true;
  do {
    step_again_ = false;
    planner_.set_writers(surroundings_.writers());
    planner_.acknowledge(acknowledged_);
    carry_out(planner_.step(world_.time.now()));
  } while (step_again_);
  stepping_ = false;
  const Duration pause = planner_.next_step() - world_.time.now();
  const std::uint64_t timer = ++timer_;
  after(std::max<Duration>(pause, std::chrono::milliseconds(1)), [this, timer] {
    if (timer == timer_) step();
  });
}

void Manager::carry_out(failover::Decisions decisions) {
  if (decisions.closed) {
    world_.say("the primary is {} clients", *decisions.closed ? "closed to" : "open to");
    builder_.set_primary_closed(*decisions.closed);
    publish();
  }
  if (decisions.appointed) {
    world_.say("s{} is appointed", decisions.appointed->value());
    builder_.appoint(*decisions.appointed, world_.time.now());
    acknowledged_ = {};
    surroundings_.appointed(decisions.appointed->value());
    publish();
  }
  if (decisions.cut_writers) surroundings_.cut_writers();
  for (failover::Order& order : decisions.orders)
    run(std::move(order));
  for (const ServerId server : decisions.looks)
    look(server.value());
  for (const ServerId server : decisions.rebuild)
    surroundings_.rebuild(server);
  if (!world_.tracing()) return;
  for (const auto& note : decisions.notes) {
    std::string text = note.event;
    for (const auto& [key, value] : note.fields)
      text += fmt::format(" {}={}", key, value);
    world_.say("* {}", text);
  }
}

bool Manager::switch_over(Node to) {
  const bool begun =
      planner_.switch_over(ServerId(static_cast<std::uint16_t>(to)), world_.time.now()).ok();
  step();
  return begun;
}

void Manager::fail_over() {
  // Refused while the primary is well; nothing is lost by asking.
  if (planner_.fail_over(world_.time.now()).ok()) step();
}

}  // namespace understudy::sim

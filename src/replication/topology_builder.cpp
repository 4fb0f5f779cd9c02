#include "replication/topology_builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace understudy::replication {
namespace {

// What is surely there for readers. A primary's binary log runs ahead of gtid_slave_pos.
Position position_of(const ServerObservation& observation, bool replica) {
  Position position = observation.applied;
  if (!replica) position.merge(observation.logged);
  return position;
}

bool all_running(const ServerObservation& answer) {
  return !answer.sources.empty() &&
         std::all_of(answer.sources.begin(), answer.sources.end(), [](const ReplicaStatus& source) {
           return source.io_running && source.sql_running;
         });
}

}  // namespace

Position may_show(const ServerObservation& observation, bool replica) {
  Position position = position_of(observation, replica);
  // A replica writes to its own binary log what it applies, with the id of the server where the
  // transaction began. What carries the replica's own id was not replicated (an errant write, or
  // its past as a primary): merging it would ask other servers for what they can never have.
  if (replica) position.merge(observation.logged.without(observation.identity()));
  return position;
}

TopologyBuilder::TopologyBuilder(TopologySettings settings)
    : settings_(std::move(settings)),
      servers_(settings_.servers.size()),
      appointment_(settings_.servers.size()) {
  choose_primary();
}

void TopologyBuilder::feed(ServerId id, const ServerObservation& observation, Instant now) {
  Server& server = servers_[id.value()];
  server.probed = true;
  if (observation.failure) {
    note_failure(server, *observation.failure, now);
    if (server.down) appointment_.down(id);
    choose_primary();
    return;
  }
  if (observation.sent < server.opened_at) return;
  note_answer(server, observation);
  appointment_.answered(id, !writable_source(observation));
  const std::optional<ServerId> before = primary_;
  choose_primary();
  if (primary_ && (primary_ == id || primary_ != before)) {
    observe_primary(*servers_[primary_->value()].last_answer);
  } else {
    update_age(server);
  }
}

void TopologyBuilder::observe_primary(const ServerObservation& observation) {
  primary_history_.observe_primary(observation.sent, position_of(observation, false));
  find_diverged(observation);
  for (Server& each : servers_)
    update_age(each);
}

void TopologyBuilder::set_drained(ServerId id, bool drained) {
  servers_[id.value()].drained = drained;
}

// What was seen of it is from before it was opened.
void TopologyBuilder::appoint(ServerId id, Instant now) {
  appointment_.appoint(id);
  Server& server = servers_[id.value()];
  server.opened_at = now;
  if (server.last_answer) {
    server.last_answer->read_only = false;
    server.last_answer->sources.clear();
  }
  change_primary(id);
}

void TopologyBuilder::note_failure(Server& server, const Error& failure, Instant now) {
  server.good_in_a_row = 0;
  const bool nothing_listens =
      failure.kind == ErrorKind::Unreachable || failure.kind == ErrorKind::Lost;
  const bool silent_too_long =
      !server.last_answer || now - server.last_answer->sent >= settings_.probe_timeout;
  if (server.down || nothing_listens || silent_too_long) {
    server.down = true;
    server.down_reason = failure.message;
  }
}

void TopologyBuilder::note_answer(Server& server, const ServerObservation& observation) {
  const bool first = !server.last_answer;
  server.last_answer = observation;
  ++server.good_in_a_row;
  // A server that answers the very first probe need not prove itself: nothing speaks against it.
  const bool proven = server.good_in_a_row >= settings_.good_probes_to_return;
  if (server.down && (proven || (first && server.down_reason.empty()))) {
    server.down = false;
    server.down_reason.clear();
  }
}

// Whatever a replica had applied when it answered was in its primary's binary log before, so a
// primary that is asked afterwards and has less of it has lost it.
void TopologyBuilder::find_diverged(const ServerObservation& primary) {
  const Position position = position_of(primary, false);
  for (Server& server : servers_) {
    if (!server.last_answer || server.last_answer->sources.empty()) continue;
    if (server.last_answer->answered > primary.sent) continue;
    server.diverged = !position.covers(server.last_answer->applied);
  }
}

void TopologyBuilder::update_age(Server& server) {
  if (!server.last_answer || server.last_answer->sources.empty()) {
    server.age.reset();
    server.lagging = false;
    return;
  }
  const ServerObservation& answer = *server.last_answer;
  server.age = primary_history_.age_of(answer.applied, answer.sent);
  if (!server.age) return;
  if (!server.age->lag_is_exact) {
    // It was behind before we began to watch: the server's own guess is all there is.
    for (const ReplicaStatus& source : answer.sources) {
      const Duration guess = std::chrono::seconds(
          std::min<std::uint64_t>(source.seconds_behind.value_or(0), 1'000'000'000));
      server.age->lag = std::max(server.age->lag, guess);
    }
  }
  const Duration limit = server.lagging ? settings_.max_lag / 2 : settings_.max_lag;
  server.lagging = server.lagging ? server.age->lag >= limit : server.age->lag > limit;
}

Topology TopologyBuilder::build() {
  Topology topology;
  topology.cluster = settings_.cluster;
  topology.revision = ++revision_;
  topology.epoch = epoch_;
  topology.primary = primary_;
  topology.primary_closed = primary_closed_;
  topology.no_primary_reason = no_primary_reason_;
  topology.servers.reserve(servers_.size());
  for (std::size_t i = 0; i < servers_.size(); ++i)
    topology.servers.push_back(view(ServerId(static_cast<std::uint16_t>(i))));
  return topology;
}

Role TopologyBuilder::role_of(ServerId id) const {
  if (primary_ == id) return Role::Primary;
  const Server& server = servers_[id.value()];
  if (!server.last_answer || server.last_answer->sources.empty()) return Role::Unknown;
  return Role::Replica;
}

std::string TopologyBuilder::reason_of(ServerId id, Role role) const {
  const Server& server = servers_[id.value()];
  if (!server.probed) return "not probed yet";
  if (server.down) return server.down_reason.empty() ? "does not answer" : server.down_reason;
  if (server.drained) return "taken out of use until it is resumed";
  const ServerObservation& answer = *server.last_answer;
  if (role == Role::Unknown) {
    return answer.read_only ? "read-only and replicates from nobody"
                            : "writable, but no replica follows it";
  }
  if (role == Role::Primary) return {};
  if (server.diverged) return "has transactions that the primary does not have";
  std::string problem = replication_problem(answer);
  if (!problem.empty()) return problem;
  if (server.lagging)
    return fmt::format("{} ms behind the primary",
                       to_ms(server.age ? server.age->lag : Duration{}));
  if (!answer.read_only) return "a replica, but writable: set read_only=1";
  return {};
}

ServerView TopologyBuilder::view(ServerId id) const {
  const ServerSettings& settings = settings_.servers[id.value()];
  const Server& server = servers_[id.value()];
  ServerView view;
  view.id = id;
  view.name = settings.name;
  view.address = settings.address;
  view.zone = settings.zone;
  view.weight = settings.weight;
  view.priority = settings.priority;
  view.tags = settings.tags;
  view.role = role_of(id);
  view.drained = server.drained;
  view.reason = reason_of(id, view.role);
  view.health = server.down       ? Health::Down
                : server.drained  ? Health::Drained
                : server.diverged ? Health::Diverged
                : server.lagging  ? Health::Lagging
                                  : Health::Up;
  if (view.role == Role::Primary) view.lag = Duration::zero();
  if (view.role == Role::Replica && server.age) {
    view.lag = server.age->lag;
    view.covers_primary_as_of = server.age->covers_primary_as_of;
  }
  if (!server.last_answer) return view;
  const ServerObservation& answer = *server.last_answer;
  const bool replica = view.role != Role::Primary && !answer.sources.empty();
  view.position = position_of(answer, replica);
  view.may_show = may_show(answer, replica);
  view.position_observed_at = answer.sent;
  view.flavour = answer.flavour;
  view.version = answer.version;
  view.hostname = answer.hostname;
  view.server_id = answer.server_id;
  view.server_uuid = answer.server_uuid;
  view.read_only = answer.read_only;
  view.replication_running = all_running(answer);
  view.semi_sync = answer.semi_sync_source;
  view.max_allowed_packet = answer.max_allowed_packet;
  view.sql_mode = answer.sql_mode;
  return view;
}

}  // namespace understudy::replication

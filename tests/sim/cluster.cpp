#include "sim/cluster.h"

#include <utility>

namespace understudy::sim {

using failover::ActionKind;
using replication::Gtid;

namespace {

// STOP SLAVE waits for a receiving thread whose source hangs.
constexpr Duration kHungStop = std::chrono::seconds(2);

replication::Position position(const Transaction& transaction) {
  replication::Position result;
  if (transaction.sequence > 0) result.add({0, transaction.server, transaction.sequence});
  return result;
}

}  // namespace

Address address_of(Node server) {
  Address address;
  address.host = fmt::format("10.0.0.{}", server + 1);
  address.port = 3306;
  return address;
}

void Server::append(const Transaction& transaction) {
  log.push_back(transaction);
  log_state.add({0, transaction.server, transaction.sequence});
}

Cluster::Cluster(World& world, const ClusterSettings& settings)
    : world_(world), settings_(settings), servers_(settings.servers) {
  for (Node i = 0; i < servers_.size(); ++i) {
    Server& server = servers_[i];
    server.number = i;
    server.semi_sync_replica = settings_.semi_sync;
    server.boots_with_semi_sync_source = settings_.semi_sync && world_.chance.percent(30);
    server.boots_writable = settings_.may_boot_writable && world_.chance.percent(40);
    server.apply_delay =
        world_.chance.percent(20) ? world_.chance.ms(20, 400) : world_.chance.ms(0, 3);
  }
  servers_[0].read_only = false;
  servers_[0].semi_sync_source = settings_.semi_sync;
  for (Node i = 1; i < servers_.size(); ++i) {
    servers_[i].source = 0;
    servers_[i].applying = true;
    connect(servers_[i], {});
  }
}

void Cluster::write(Node number, Reply reply) {
  Server& server = servers_[number];
  if (server.read_only) return reply(Outcome::Refused, {});
  const std::uint64_t sequence = server.log.empty() ? 1 : server.log.back().sequence + 1;
  const Transaction transaction{++last_id_, static_cast<std::uint32_t>(number + 1), sequence};
  server.append(transaction);
  replicate_from(server);
  if (!server.semi_sync_source) return reply(Outcome::Async, transaction);
  if (server.degraded) return reply(Outcome::Unprotected, transaction);
  server.waiters.push_back({server.log.size(), transaction, std::move(reply)});
  world_.time.after(settings_.semi_sync_timeout, [this, &server, boot = server.boot, transaction] {
    const auto give_up = [this, &server, boot, transaction] {
      if (server.boot != boot || !server.up || server.waiters.empty()) return;
      if (server.waiters.front().transaction.id > transaction.id) return;
      world_.say("s{} gives up waiting for replicas", server.number);
      server.degraded = true;
      release_waiters(server, Outcome::Unprotected);
    };
    if (server.frozen) {
      server.stalled.emplace_back(give_up);
    } else {
      give_up();
    }
  });
}

void Cluster::acknowledged(Server& source, std::size_t index) {
  if (source.degraded && index == source.log.size()) source.degraded = false;
  while (!source.waiters.empty() && source.waiters.front().index <= index) {
    Server::Waiter waiter = std::move(source.waiters.front());
    source.waiters.erase(source.waiters.begin());
    waiter.reply(Outcome::Protected, waiter.transaction);
  }
}

void Cluster::release_waiters(Server& server, Outcome outcome) {
  for (Server::Waiter& waiter : std::exchange(server.waiters, {}))
    waiter.reply(outcome, waiter.transaction);
}

replication::ServerObservation Cluster::observe(Node number) {
  Server& server = servers_[number];
  replication::ServerObservation seen;
  seen.server_id = static_cast<std::uint32_t>(number + 1);
  seen.read_only = server.read_only;
  seen.binlog = true;
  seen.log_replica_updates = true;
  seen.semi_sync_source = server.semi_sync_source;
  seen.semi_sync_replica = server.semi_sync_replica;
  if (server.semi_sync_source) seen.semi_sync_waits = !server.degraded;
  seen.applied = position(server.applied);
  if (!server.log.empty()) seen.logged = position(server.log.back());
  seen.binlog_state = server.log_state;
  if (!server.source) return seen;
  if (flows(server)) {
    server.heartbeats =
        static_cast<std::uint64_t>(world_.time.now().time_since_epoch() / settings_.heartbeat);
  }
  replication::ReplicaStatus status;
  const Address source = address_of(*server.source);
  status.source_host = source.host;
  status.source_port = source.port;
  status.source_server_id = static_cast<std::uint32_t>(*server.source + 1);
  status.io_running = server.receiving == Receiving::Connected;
  status.io_connecting = server.receiving == Receiving::Connecting;
  status.last_io_error_code = server.receive_error;
  if (server.receive_error != 0) status.last_io_error = "not in the source's binary log";
  status.sql_running = server.applying;
  status.last_sql_error_code = server.apply_error;
  status.using_gtid = true;
  status.received = position(server.received());
  status.heartbeat_period = settings_.heartbeat;
  status.heartbeats = server.heartbeats;
  seen.sources.push_back(std::move(status));
  return seen;
}

Cluster::Progress Cluster::perform(Node number, const failover::Action& action, Duration since) {
  Server& server = servers_[number];
  switch (action.kind) {
    case ActionKind::StartApplying:
      if (!server.source) return Progress::Failed;
      server.applying = true;
      server.apply_error = 0;
      apply(server);
      return Progress::Done;
    case ActionKind::StopApplying:
      server.applying = false;
      if (server.receiving == Receiving::Stopped) server.relay_log.clear();
      return Progress::Done;
    case ActionKind::StartReceiving:
      if (!server.source) return Progress::Failed;
      if (server.receiving == Receiving::Stopped) connect(server, {});
      return Progress::Done;
    case ActionKind::StopReceiving:
      stop_receiving(server);
      return Progress::Done;
    case ActionKind::WaitApplied:
      return position(server.applied).covers(action.position) ? Progress::Done : Progress::Again;
    case ActionKind::Detach:
      if (server.receiving == Receiving::Connected && !flows(server) && since < kHungStop)
        return Progress::Again;
      server.applying = false;
      stop_receiving(server);
      server.source.reset();
      return Progress::Done;
    case ActionKind::Follow:
      follow(server, action);
      return Progress::Done;
    case ActionKind::Open:
      server.read_only = false;
      return Progress::Done;
    case ActionKind::Close:
      if (!server.waiters.empty()) return Progress::Again;
      server.read_only = true;
      return Progress::Done;
    case ActionKind::CutClients:
      release_waiters(server, Outcome::Unknown);
      return Progress::Done;
    case ActionKind::SemiSyncSourceOn:
      if (!server.semi_sync_source) server.degraded = false;
      server.semi_sync_source = true;
      return Progress::Done;
    case ActionKind::SemiSyncSourceOff:
      // Answers OK although nobody has them.
      server.semi_sync_source = false;
      release_waiters(server, Outcome::Async);
      return Progress::Done;
    case ActionKind::SemiSyncReplicaOn:
    case ActionKind::SemiSyncReplicaOff:
      server.semi_sync_replica = action.kind == ActionKind::SemiSyncReplicaOn;
      return Progress::Done;
  }
  return Progress::Failed;
}

}  // namespace understudy::sim

// The replicas' side of Cluster: connections, relay logs, applying.
#include <algorithm>
#include <ranges>

#include "sim/cluster.h"

namespace understudy::sim {
namespace {

constexpr Duration kConnectRetry = std::chrono::seconds(1);
constexpr std::uint32_t kNotInBinlog = 1236;
constexpr std::size_t kApplyBatch = 8;
// ER_GTID_STRICT_OUT_OF_ORDER
constexpr std::uint32_t kOutOfOrder = 1950;

}  // namespace

void Cluster::connect(Server& replica, Duration pause) {
  replica.receiving = Receiving::Connecting;
  replica.receive_error = 0;
  replica.transfer_under_way = false;
  const std::uint32_t session = ++replica.session;
  world_.time.after(pause + world_.delay(),
                    [this, &replica, session] { try_to_connect(replica, session); });
}

void Cluster::try_to_connect(Server& replica, std::uint32_t session) {
  if (replica.session != session || !replica.up) return;
  const Server& source = servers_[*replica.source];
  if (replica.frozen || !source.responds() || !world_.linked(replica.number, source.number))
    return connect(replica, kConnectRetry);
  const Transaction& last = replica.received();
  std::size_t index = source.log.size();
  while (index > 0 && !source.log[index - 1].same_gtid(last))
    --index;
  if (index == 0 && last.sequence != 0) {
    // Error 1236: the source does not have what was asked for. It is not tried again.
    world_.say("s{} asks s{} for {}-{}, which it does not have", replica.number, source.number,
               last.server, last.sequence);
    replica.receiving = Receiving::Stopped;
    replica.receive_error = kNotInBinlog;
    return;
  }
  replica.receiving = Receiving::Connected;
  replica.source_boot = source.boot;
  replica.received_index = index;
  replica.acknowledged_index = 0;
  replica.acknowledges = replica.semi_sync_replica;
  transfer(replica);
}

void Cluster::lose_source(Server& replica) {
  connect(replica, kConnectRetry);
}

bool Cluster::flows(const Server& replica) const {
  if (replica.receiving != Receiving::Connected || !replica.responds()) return false;
  const Server& source = servers_[*replica.source];
  return source.responds() && source.boot == replica.source_boot &&
         world_.linked(replica.number, source.number);
}

// Goes on with whatever there is to be sent, or notices that the source has gone.
void Cluster::transfer(Server& replica) {
  if (replica.receiving != Receiving::Connected || !replica.responds()) return;
  const Server& source = servers_[*replica.source];
  if (!world_.linked(replica.number, source.number) || source.frozen) return;
  if (!source.up || source.boot != replica.source_boot) return lose_source(replica);
  if (replica.acknowledges && replica.acknowledged_index < replica.received_index)
    acknowledge(replica);
  if (replica.transfer_under_way || replica.received_index >= source.log.size()) return;
  replica.transfer_under_way = true;
  const std::uint32_t session = replica.session;
  world_.time.after(world_.delay(), [this, &replica, session] { transferred(replica, session); });
}

void Cluster::transferred(Server& replica, std::uint32_t session) {
  if (replica.session != session) return;
  replica.transfer_under_way = false;
  if (flows(replica)) {
    const std::vector<Transaction>& log = servers_[*replica.source].log;
    for (; replica.received_index < log.size(); ++replica.received_index) {
      // What a server has written itself comes back to it, and is left out.
      const Transaction& next = log[replica.received_index];
      if (next.server != replica.number + 1) replica.relay_log.push_back(next);
    }
    apply(replica);
  }
  transfer(replica);
}

void Cluster::acknowledge(Server& replica) {
  const std::size_t index = replica.received_index;
  const std::uint32_t session = replica.session;
  world_.time.after(world_.delay(), [this, &replica, index, session] {
    if (replica.session != session || !flows(replica)) return;
    replica.acknowledged_index = std::max(replica.acknowledged_index, index);
    acknowledged(servers_[*replica.source], index);
  });
}

void Cluster::apply(Server& replica) {
  if (!replica.applying || replica.busy_applying || replica.relay_log.empty()) return;
  replica.busy_applying = true;
  const std::uint32_t boot = replica.boot;
  world_.time.after(replica.apply_delay, [this, &replica, boot] {
    if (replica.boot != boot) return;
    replica.busy_applying = false;
    if (replica.frozen) {
      replica.stalled.emplace_back([this, &replica] { apply(replica); });
    } else if (replica.up) {
      applied_some(replica);
    }
  });
}

void Cluster::applied_some(Server& replica) {
  if (!replica.applying) return;
  std::size_t count = 0;
  for (const Transaction& each : replica.relay_log | std::views::take(kApplyBatch)) {
    if (!replica.log.empty() && each.sequence <= replica.log.back().sequence) {
      // gtid_strict_mode keeps two histories apart.
      replica.applying = false;
      replica.apply_error = kOutOfOrder;
      break;
    }
    replica.append(each);
    replica.applied = each;
    ++count;
  }
  replica.relay_log.erase(replica.relay_log.begin(),
                          replica.relay_log.begin() + static_cast<std::ptrdiff_t>(count));
  replicate_from(replica);
  apply(replica);
}

void Cluster::stop_receiving(Server& replica) {
  replica.receiving = Receiving::Stopped;
  replica.transfer_under_way = false;
  ++replica.session;
  if (!replica.applying) replica.relay_log.clear();
}

void Cluster::let_follow(Node replica, Node source) {
  failover::Action action(failover::ActionKind::Follow);
  action.source = replication::ServerId(static_cast<std::uint16_t>(source));
  follow(servers_[replica], action);
}

void Cluster::follow(Server& replica, const failover::Action& action) {
  replica.applying = false;
  stop_receiving(replica);
  if (action.fresh && action.position.domain_count() > 0) {
    const replication::Gtid& gtid = action.position.at(0);
    replica.applied = {0, gtid.server, gtid.sequence};
  }
  replica.source = action.source.value();
  replica.applying = true;
  replica.apply_error = 0;
  connect(replica, {});
}

void Cluster::replicate_from(const Server& source) {
  for (Server& replica : servers_)
    if (replica.source == source.number) transfer(replica);
}

// Replicas that hear nothing any more notice it in the end.
void Cluster::watch_silence(Node node) {
  for (Server& replica : servers_) {
    if (replica.receiving != Receiving::Connected) continue;
    if (replica.number != node && replica.source != node) continue;
    world_.time.after(settings_.net_timeout, [this, &replica, session = replica.session] {
      if (replica.session == session && replica.responds() && !flows(replica)) lose_source(replica);
    });
  }
}

void Cluster::resume(Node node) {
  for (Server& replica : servers_)
    if (replica.number == node || replica.source == node) transfer(replica);
}

}  // namespace understudy::sim

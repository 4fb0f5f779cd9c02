// What happens to the servers of a Cluster.
#include <utility>

#include "sim/cluster.h"

namespace understudy::sim {

void Cluster::crash(Node number) {
  Server& server = servers_[number];
  if (!server.up) return;
  world_.say("s{} crashes", number);
  server.up = false;
  server.frozen = false;
  ++server.session;
  server.receiving = Receiving::Stopped;
  server.transfer_under_way = false;
  for (const Transaction& each : server.relay_log)
    crash_lost_.insert(each.id);
  server.relay_log.clear();
  server.waiters.clear();
  server.stalled.clear();
  // Its connections are reset.
  for (Server& replica : servers_) {
    if (replica.source != number) continue;
    world_.time.after(world_.delay(), [this, &replica] { transfer(replica); });
  }
  watch_silence(number);
}

void Cluster::restart(Node number) {
  Server& server = servers_[number];
  if (server.up) return;
  server.up = true;
  ++server.boot;
  server.busy_applying = false;
  server.read_only = !server.boots_writable;
  world_.say("s{} starts {}", number, server.read_only ? "read-only" : "writable");
  server.semi_sync_source = server.boots_with_semi_sync_source;
  server.semi_sync_replica = settings_.semi_sync;
  server.degraded = false;
  server.applying = server.source.has_value();
  server.apply_error = 0;
  if (server.source) connect(server, {});
}

void Cluster::freeze(Node number) {
  Server& server = servers_[number];
  if (!server.responds()) return;
  world_.say("s{} freezes", number);
  server.frozen = true;
  watch_silence(number);
}

void Cluster::thaw(Node number) {
  Server& server = servers_[number];
  if (!server.frozen) return;
  world_.say("s{} goes on", number);
  server.frozen = false;
  for (UniqueFunction<void()>& each : std::exchange(server.stalled, {}))
    each();
  resume(number);
}

void Cluster::set_linked(Node a, Node b, bool linked) {
  if (world_.linked(a, b) == linked) return;
  world_.say("the network {} {} and {}", linked ? "joins" : "parts", a, b);
  world_.set_linked(a, b, linked);
  if (a >= servers_.size() || b >= servers_.size()) return;
  if (linked) {
    resume(a);
    resume(b);
  } else {
    watch_silence(a);
    watch_silence(b);
  }
}

void Cluster::rebuild(Node number, Node from) {
  Server& server = servers_[number];
  world_.say("s{} is rebuilt from s{}", number, from);
  server.waiters.clear();
  server.stalled.clear();
  server.frozen = false;
  server.up = true;
  ++server.boot;
  ++server.session;
  server.busy_applying = false;
  server.transfer_under_way = false;
  server.receiving = Receiving::Stopped;
  server.applying = false;
  server.apply_error = 0;
  server.read_only = true;
  server.semi_sync_source = false;
  server.degraded = false;
  server.relay_log.clear();
  server.source.reset();
  server.log = servers_[from].log;
  server.log_state = servers_[from].log_state;
  server.applied = server.log.empty() ? Transaction{} : server.log.back();
  resume(number);
}

}  // namespace understudy::sim

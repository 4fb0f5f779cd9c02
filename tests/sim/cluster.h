#pragma once

#include <set>
#include <vector>

#include "failover/order.h"
#include "sim/server.h"

namespace understudy::sim {

struct ClusterSettings {
  std::size_t servers = 3;
  bool semi_sync = true;
  bool may_boot_writable = false;
  Duration semi_sync_timeout{};
  Duration heartbeat{};
  Duration net_timeout{};  // a replica that hears nothing for so long connects anew
};

Address address_of(Node server);

// The servers and how they replicate: GTIDs, relay logs that are lost when both threads stand still
// or the server crashes, semi-sync (AFTER_SYNC) that degrades, and read_only, as measured on
// MariaDB 10.11.
class Cluster {
 public:
  Cluster(World& world, const ClusterSettings& settings);

  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  Server& at(Node server) { return servers_[server]; }
  [[nodiscard]] const Server& at(Node server) const { return servers_[server]; }
  // Writes whose copy in a relay log was lost in a crash.
  [[nodiscard]] bool lost_in_crash(std::uint32_t id) const { return crash_lost_.contains(id); }

  // A client's write arrives. `reply` is called at the server, once or never (a crash).
  void write(Node server, Reply reply);
  [[nodiscard]] replication::ServerObservation observe(Node server);

  enum class Progress : std::uint8_t { Done, Again, Failed };
  // Carries out an action on a server that responds. Again: not yet, ask once more; `since`: for
  // how long it has been tried.
  Progress perform(Node server, const failover::Action& action, Duration since);

  // Faults.
  void crash(Node server);
  void restart(Node server);
  void freeze(Node server);
  void thaw(Node server);
  void set_linked(Node a, Node b, bool linked);
  // Replaces all that a server has with a copy of another's.
  // Replication as somebody sets it up by hand, from where the replica stands.
  void let_follow(Node replica, Node source);
  void rebuild(Node server, Node from);

 private:
  void connect(Server& replica, Duration pause);
  void try_to_connect(Server& replica, std::uint32_t session);
  void lose_source(Server& replica);
  void watch_silence(Node node);
  void resume(Node node);
  [[nodiscard]] bool flows(const Server& replica) const;
  void transfer(Server& replica);
  void transferred(Server& replica, std::uint32_t session);
  void acknowledge(Server& replica);
  void acknowledged(Server& source, std::size_t index);
  void apply(Server& replica);
  void applied_some(Server& replica);
  void stop_receiving(Server& replica);
  void follow(Server& replica, const failover::Action& action);
  void release_waiters(Server& server, Outcome outcome);
  void replicate_from(const Server& source);

  World& world_;
  const ClusterSettings settings_;
  std::vector<Server> servers_;
  std::uint32_t last_id_ = 0;
  std::set<std::uint32_t> crash_lost_;
};

}  // namespace understudy::sim

#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/ledger.h"
#include "sim/manager.h"

namespace understudy::sim {

struct Report {
  std::vector<std::string> violations;
  std::size_t acknowledged = 0;
  std::size_t changes = 0;  // of primary
  std::size_t forced = 0;   // failovers that an operator had to order
  std::size_t by_hand = 0;  // times an operator had to choose among several primaries
  std::size_t rebuilds = 0;
  Duration healing{};  // from the last fault
};

enum class Faults : std::uint8_t {
  Usual,  // servers crash, freeze and lag, the network parts, managers die, orders fail, people
          // switch over; each run has some of it
  All,    // also people who open replicas, and servers that start writable
};

// One run: a cluster, clients, a manager, and faults, all from one seed. In the end every fault is
// mended, and the cluster has to be whole again within a bounded time.
class Simulation final : public Surroundings {
 public:
  Simulation(std::uint64_t seed, Faults faults, bool trace);
  Report run();

 private:
  struct Client {
    bool waiting = false;      // for the answer of a write
    std::uint64_t number = 0;  // of the write
    std::size_t life = 0;
    std::uint64_t epoch = 0;
    Node server = 0;
  };

  // Clients (clients.cpp).
  void client_goes_on(std::size_t client);
  void send(std::size_t client, Node server);
  void arrive(std::size_t client, std::uint64_t number, Node server);
  void answered(std::size_t client, std::uint64_t number, Outcome outcome,
                const Transaction& transaction);

  // What breaks (faults.cpp).
  void next_fault();
  void fault();
  [[nodiscard]] bool undetached(Node server) const;
  void crash(Node server);
  void restart_later(Node server);
  void part(Node a, Node b, Duration how_long);
  void isolate(Node server);
  void kill_manager();
  void start_manager();
  void mend_everything();
  [[nodiscard]] Node some_server();

  // Operators and the end (simulation.cpp).
  void operate();
  void choose_by_hand();
  void rebuild_wanted();
  [[nodiscard]] static bool has_extra(const Server& server, const Server& primary);
  void rebuild_from(Node server, Node from, bool follow = false);
  [[nodiscard]] std::string ailment();
  [[nodiscard]] std::string ailment_of(const Server& primary, const Server& other) const;
  void heal();

  // Surroundings.
  [[nodiscard]] std::size_t writers() const override;
  void cut_writers() override;
  void rebuild(replication::ServerId server) override { to_rebuild_.insert(server.value()); }
  void acting(Node server) override;
  void appointed(Node server) override;
  void found(Node server, bool followed, bool all_answer) override;

  const Faults faults_;
  World world_;
  ClusterSettings cluster_settings_;
  ManagerSettings manager_settings_;
  Cluster cluster_;
  Ledger ledger_;
  std::vector<Client> clients_;
  Duration client_pause_{};
  std::uint64_t fault_pace_ms_ = 0;
  std::uint64_t fatal_actions_ = 0;  // percent
  bool network_parts_ = false;
  bool managers_die_ = false;
  bool faulty_ = false;
  Instant fault_end_{};
  std::shared_ptr<Manager> manager_;
  std::size_t life_ = 0;
  std::set<Node> to_rebuild_;
  std::optional<Instant> blocked_since_;
  std::optional<Instant> several_since_;
  std::size_t acknowledged_before_ = 0;  // when the last fault was mended
  Report report_;
};

}  // namespace understudy::sim

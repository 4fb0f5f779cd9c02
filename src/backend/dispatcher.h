#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "backend/acknowledged.h"
#include "backend/commit_barrier.h"
#include "backend/connection_budget.h"
#include "backend/pool.h"
#include "backend/query_killer.h"
#include "backend/shared_cache.h"
#include "backend/unknown_writes.h"
#include "backend/write_resolver.h"
#include "base/spares.h"
#include "net/loop.h"
#include "replication/topology.h"
#include "routing/route.h"

namespace understudy::backend {

class Exchange;
class Session;

// What a worker has done, counted for status and metrics. Written on the worker's thread, read on
// any.
struct DispatchCounters {
  struct Server {
    std::atomic<std::uint64_t> reads{0};   // statements sent as reads
    std::atomic<std::uint64_t> writes{0};  // all others
    std::atomic<std::uint64_t> connections_used{0};
    std::atomic<std::uint64_t> connections_idle{0};
  };
  explicit DispatchCounters(std::size_t server_count) : servers(server_count) {}

  std::vector<Server> servers;  // by ServerId
  std::atomic<std::uint64_t> refused_read_only{
      0};  // taken for a read, refused by the net, run on the primary
  std::atomic<std::uint64_t> position_waits{0};  // reads that travelled with a wait
  std::atomic<std::uint64_t> wait_timeouts{0};   // of those, answered by the primary instead
  std::atomic<std::uint64_t> barrier_waits{
      0};  // statements that waited for the primary to show what their session saw on a replica
  std::atomic<std::uint64_t> retried_reads{0};  // run again elsewhere after a server failed
  std::atomic<std::uint64_t> held_for_primary{
      0};  // statements that waited for a server to route to
  // Transactions that were cut and run again on another connection; and those that could not be.
  std::atomic<std::uint64_t> replayed_transactions{0};
  std::atomic<std::uint64_t> lost_transactions{0};
  // Writes whose answers were lost with the primary: found in the log of the next one; not found
  // there and run again; and those of which neither could be proved.
  std::atomic<std::uint64_t> proved_writes{0};
  std::atomic<std::uint64_t> repeated_writes{0};
  std::atomic<std::uint64_t> unknown_writes{0};
  std::array<std::atomic<std::int64_t>, 32> pinned{};  // sessions pinned now, by bit of sql::Effect

  // Sessions that are using or holding a connection to the primary now: their sum is what a planned
  // change of primary waits for. It says something of a snapshot once `revision` has reached it.
  std::atomic<std::int64_t> primary_statements{0};    // runs a statement outside a transaction
  std::atomic<std::int64_t> primary_transactions{0};  // is in a transaction
  std::atomic<std::int64_t> primary_pinned{0};        // keeps its connection for another reason
  std::atomic<std::uint64_t> revision{0};             // of the snapshot that the worker goes by

  [[nodiscard]] std::int64_t sessions_on_primary() const {
    return primary_statements.load() + primary_transactions.load() + primary_pinned.load();
  }
};

struct DispatcherSettings {
  PoolSettings pool;
  std::shared_ptr<const Login> service;  // our own account
  std::shared_ptr<Acknowledged> acknowledged = std::make_shared<Acknowledged>();
  std::shared_ptr<UnknownWrites> unknown_writes = std::make_shared<UnknownWrites>();
  std::shared_ptr<SharedCache> cache;  // null: there is none
  routing::Options routing;            // its `wait`: how long a read waits for a position
  Duration hold{};                     // how long a statement waits for a server that may run it
  bool replay = true;                  // whether a transaction that was cut is run again
  // Asks for positions to be looked at at least this often for a while; called from any thread.
  std::function<void(Duration period)> hurry = [](Duration) {};
};

// What the sessions of one worker share: its connections to every server, the topology as last
// published, the load by server. Lives on one loop, used on its thread only, but for counters().
inline void bump(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

class Dispatcher final {
 public:
  // `budgets` has one entry a server, by ServerId, shared by all workers.
  Dispatcher(net::Loop& loop, DispatcherSettings settings,
             std::shared_ptr<const replication::Topology> topology,
             const std::vector<std::shared_ptr<ConnectionBudget>>& budgets);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Replaces the topology, closes idle connections to servers that are down or changed their role,
  // and lets statements that wait for a server look again. With a new primary, connections in use
  // to the old one are closed too.
  void set_topology(std::shared_ptr<const replication::Topology> topology);
  // Closes every connection to the primary that is in use or held; what ran there counts as lost.
  void cut_primary();
  [[nodiscard]] const std::shared_ptr<const replication::Topology>& topology() const {
    return topology_;
  }
  // Whether a session that begins anew keeps what CLIENT_IGNORE_SPACE did at its login: on MySQL;
  // for MariaDB it counts at the first login only (measured on 10.11).
  [[nodiscard]] bool keeps_ignore_space() const {
    const replication::ServerView* const primary = topology_->primary_view();
    return primary != nullptr && primary->flavour == replication::Flavour::MySql;
  }

  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] const DispatcherSettings& settings() const { return settings_; }
  [[nodiscard]] Pool& pool(replication::ServerId server) { return *pools_[server.value()]; }
  [[nodiscard]] routing::Load& load() { return load_; }
  [[nodiscard]] CommitBarrier& barrier() { return barrier_; }
  // Ends what runs on a connection at its server: see QueryKiller::kill.
  void kill(const ServerConnection& connection, QueryKiller::Scope scope) {
    if (const replication::ServerView* const server = topology_->find(connection.server()))
      killer_.kill(*server, connection.thread_id(), scope);
  }
  [[nodiscard]] DispatchCounters& counters() { return *counters_; }
  // For readers on other threads; outlives the dispatcher with them.
  [[nodiscard]] std::shared_ptr<const DispatchCounters> shared_counters() const {
    return counters_;
  }

  // True of a server that has been down for so long that what it was asked to read is read
  // elsewhere.
  [[nodiscard]] bool given_up(replication::ServerId server) const;

  // How far the primary was known to have come when the topology was last set; null before there
  // was one.
  [[nodiscard]] const std::shared_ptr<const PrimaryMark>& primary_mark() const { return mark_; }
  // Calls Session::outcome_found when it is known what became of the write; false if it will not
  // be.
  bool find_outcome(Session& session, LostWrite write);
  void stop_finding(Session& session);
  // A write whose outcome nobody waits for; it still explains what is found in the log.
  void note_unwatched(LostWrite write);

  // For ServerConnection::begin_use().
  [[nodiscard]] std::uint64_t next_use() { return ++uses_; }

  // What a command needs while it is under way, so that idle sessions own none. It may be given
  // back in its own callback.
  [[nodiscard]] std::unique_ptr<Exchange> take_exchange() { return exchanges_.take(); }
  void give_back(std::unique_ptr<Exchange> exchange);

  // Every session registers for as long as it lives.
  void add(Session& session);
  void remove(Session& session);

  // Calls Session::topology_changed at the next set_topology(), once.
  void wait_for_topology(Session& session) { waiting_.push_back(&session); }
  void stop_waiting(Session& session) {
    std::erase(waiting_, &session);
    std::erase(calling_, &session);
  }

 private:
  void tick();
  void count_connections();
  void give_up_servers();
  void update_mark();
  void find_lost_writes();
  void outcome_found(std::uint64_t id, const replication::WriteOutcome& outcome);
  void update_pools(const replication::Topology& before);
  void call(std::vector<Session*> sessions, void (Session::*function)());

  net::Loop& loop_;
  const DispatcherSettings settings_;
  std::shared_ptr<const replication::Topology> topology_;
  std::uint64_t uses_ = 0;  // of connections
  std::vector<std::unique_ptr<Pool>> pools_;
  routing::Load load_;
  CommitBarrier barrier_;
  QueryKiller killer_;
  std::shared_ptr<DispatchCounters> counters_;
  Spares<Exchange> exchanges_;
  std::vector<Session*> sessions_;
  std::vector<Session*> waiting_;
  std::vector<Session*> calling_;  // those that call() has yet to call
  net::Timer ticking_;
  std::vector<std::optional<Instant>> down_since_;  // by ServerId
  std::shared_ptr<const PrimaryMark> mark_;
  std::deque<std::pair<Instant, replication::Position>> positions_;  // the primary's, in this epoch
  std::map<std::uint64_t, Session*> finding_;                        // by the ids of their writes
  WriteResolver resolver_;
  const std::size_t worker_;  // in UnknownWrites
};

}  // namespace understudy::backend

#include "app/cluster_admin.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "app/cache_metrics.h"
#include "app/changes_admin.h"
#include "sql/session_model.h"

namespace understudy::app {
namespace {

using admin::Metric;
using admin::MetricType;
using Counters = std::vector<std::shared_ptr<const backend::DispatchCounters>>;
using ServerCounter = std::atomic<std::uint64_t> backend::DispatchCounters::Server::*;
using WorkerCounter = std::atomic<std::uint64_t> backend::DispatchCounters::*;

std::uint64_t sum(const Counters& workers, replication::ServerId server, ServerCounter counter) {
  std::uint64_t total = 0;
  for (const auto& worker : workers)
    total += (worker->servers[server.value()].*counter).load(std::memory_order_relaxed);
  return total;
}

std::uint64_t sum(const Counters& workers, WorkerCounter counter) {
  std::uint64_t total = 0;
  for (const auto& worker : workers)
    total += ((*worker).*counter).load(std::memory_order_relaxed);
  return total;
}

std::map<std::string, std::uint64_t> pinned(const Counters& workers) {
  std::map<std::string, std::uint64_t> sessions;
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::int64_t count = 0;
    for (const auto& worker : workers)
      count += worker->pinned[bit].load(std::memory_order_relaxed);
    const std::string_view name = sql::pin_name(static_cast<sql::Effect>(1u << bit));
    if (count > 0 && !name.empty()) sessions[std::string(name)] = static_cast<std::uint64_t>(count);
  }
  return sessions;
}

admin::ServerStatus server_status(const replication::ServerView& server, const Counters& workers) {
  using Server = backend::DispatchCounters::Server;
  admin::ServerStatus status;
  status.name = server.name;
  status.address = to_string(server.address);
  status.role = replication::to_text(server.role);
  status.health = replication::to_text(server.health);
  status.reason = server.reason;
  if (server.lag) status.lag_ms = to_ms(*server.lag);
  status.position = replication::to_string(server.position);
  status.connections_used = sum(workers, server.id, &Server::connections_used);
  status.connections_idle = sum(workers, server.id, &Server::connections_idle);
  status.queries_read = sum(workers, server.id, &Server::reads);
  status.queries_write = sum(workers, server.id, &Server::writes);
  return status;
}

// The metrics that have a sample for each server.
std::vector<Metric> server_metrics(const admin::Status& status) {
  Metric queries{
      "understudy_queries_total", "Statements sent to a server.", MetricType::Counter, {}};
  Metric connections{
      "understudy_connections", "Open connections to a server.", MetricType::Gauge, {}};
  Metric up{"understudy_server_up", "1 if the server may be used.", MetricType::Gauge, {}};
  Metric primary{
      "understudy_server_primary", "1 if the server is the primary.", MetricType::Gauge, {}};
  Metric lag{"understudy_server_lag_seconds",
             "Age of the oldest transaction that a replica has not applied.",
             MetricType::Gauge,
             {}};
  for (const admin::ServerStatus& server : status.servers) {
    const auto labels = [&](const char* name, const char* value) {
      return std::vector<std::pair<std::string, std::string>>{{"server", server.name},
                                                              {name, value}};
    };
    const std::vector<std::pair<std::string, std::string>> label{{"server", server.name}};
    queries.samples.push_back({labels("kind", "read"), static_cast<double>(server.queries_read)});
    queries.samples.push_back({labels("kind", "write"), static_cast<double>(server.queries_write)});
    connections.samples.push_back(
        {labels("state", "used"), static_cast<double>(server.connections_used)});
    connections.samples.push_back(
        {labels("state", "idle"), static_cast<double>(server.connections_idle)});
    up.samples.push_back({label, server.health == "up" ? 1.0 : 0.0});
    primary.samples.push_back({label, server.role == "primary" ? 1.0 : 0.0});
    if (server.lag_ms) lag.samples.push_back({label, static_cast<double>(*server.lag_ms) / 1000});
  }
  return {queries, connections, up, primary, lag};
}

Metric plain(const char* name, const char* help, MetricType type, std::uint64_t value) {
  return {name, help, type, {{{}, static_cast<double>(value)}}};
}

admin::LastChange to_admin(const control::FailoverManager::LastChange& change) {
  return {change.kind, change.succeeded, change.primary, change.reason, change.ms};
}

void add_failover(admin::Status& status, const control::FailoverManager& failover) {
  failover::PlannerView view = failover.view();
  status.failover_state = std::move(view.state);
  status.diagnosis = failover::to_text(view.finding.diagnosis);
  status.semi_sync = failover::to_text(view.semi_sync);
  status.evidence = std::move(view.finding.evidence);
  status.blocked = std::move(view.blocked);
  if (const auto& last = failover.last_change()) status.last_change = to_admin(*last);
}

// Calls `done` with the outcome in the words of the admin server.
control::FailoverManager::ChangeDone translated(admin::AdminApi::ChangeDone done) {
  return [done = std::move(done)](Result<control::FailoverManager::LastChange> change) mutable {
    if (!change.ok()) return done(std::move(change).error());
    done(to_admin(*change));
  };
}

}  // namespace

admin::Status ClusterAdmin::status() const {
  const replication::Topology& topology = *monitor_.topology().current();
  const Counters workers = proxy_.counters();
  admin::Status status;
  status.cluster = topology.cluster;
  status.epoch = topology.epoch;
  if (const auto* primary = topology.primary_view()) status.primary = primary->name;
  status.no_primary_reason = topology.no_primary_reason;
  status.clients = proxy_.client_count();
  status.pinned = pinned(workers);
  add_failover(status, failover_);
  for (const replication::ServerView& server : topology.servers)
    status.servers.push_back(server_status(server, workers));
  return status;
}

std::vector<Metric> ClusterAdmin::metrics() const {
  using All = backend::DispatchCounters;
  const admin::Status now = status();
  const Counters workers = proxy_.counters();
  std::vector<Metric> metrics = server_metrics(now);
  metrics.push_back(
      plain("understudy_clients", "Connected clients.", MetricType::Gauge, now.clients));
  metrics.push_back(
      plain("understudy_epoch", "Grows with each new primary.", MetricType::Gauge, now.epoch));
  metrics.push_back(plain("understudy_refused_writes_total",
                          "Statements taken for reads that a replica refused as writes (1792).",
                          MetricType::Counter, sum(workers, &All::refused_read_only)));
  metrics.push_back(plain("understudy_position_waits_total",
                          "Reads that waited on a replica for a position.", MetricType::Counter,
                          sum(workers, &All::position_waits)));
  metrics.push_back(plain("understudy_position_wait_timeouts_total",
                          "Of those, reads that the primary answered in the end.",
                          MetricType::Counter, sum(workers, &All::wait_timeouts)));
  metrics.push_back(plain("understudy_primary_waits_total",
                          "Statements that waited until the primary showed what their session had "
                          "read on a replica.",
                          MetricType::Counter, sum(workers, &All::barrier_waits)));
  metrics.push_back(plain("understudy_retried_reads_total",
                          "Reads run again elsewhere after a server failed.", MetricType::Counter,
                          sum(workers, &All::retried_reads)));
  metrics.push_back(plain("understudy_held_statements_total",
                          "Statements that waited for a server that may run them.",
                          MetricType::Counter, sum(workers, &All::held_for_primary)));
  metrics.push_back(plain("understudy_semi_sync_active",
                          "1 while commits on the primary wait until a replica has them.",
                          MetricType::Gauge, now.semi_sync == "on" ? 1 : 0));
  metrics.push_back(plain("understudy_replayed_transactions_total",
                          "Transactions that lost their server and were run again on another.",
                          MetricType::Counter, sum(workers, &All::replayed_transactions)));
  metrics.push_back(plain("understudy_lost_transactions_total",
                          "Transactions that lost their server and could not be run again (1213).",
                          MetricType::Counter, sum(workers, &All::lost_transactions)));
  metrics.push_back(plain("understudy_proved_writes_total",
                          "Writes whose answer was lost, found in the new primary's binary log.",
                          MetricType::Counter, sum(workers, &All::proved_writes)));
  metrics.push_back(plain("understudy_repeated_writes_total",
                          "Writes whose answer was lost, proved not to have happened, run again.",
                          MetricType::Counter, sum(workers, &All::repeated_writes)));
  metrics.push_back(plain("understudy_unknown_writes_total",
                          "Writes whose answer was lost, and of which nothing could be proved.",
                          MetricType::Counter, sum(workers, &All::unknown_writes)));
  std::int64_t on_primary = 0;
  for (const auto& worker : workers)
    on_primary += worker->sessions_on_primary();
  metrics.push_back(plain("understudy_sessions_on_primary",
                          "Sessions that use or hold a connection to the primary.",
                          MetricType::Gauge, static_cast<std::uint64_t>(on_primary)));
  Metric pins{"understudy_pinned_sessions",
              "Sessions tied to their connection, by reason.",
              MetricType::Gauge,
              {}};
  for (const auto& [reason, count] : now.pinned)
    pins.samples.push_back({{{"reason", reason}}, static_cast<double>(count)});
  metrics.push_back(std::move(pins));
  if (cache_ != nullptr) add_cache_metrics(metrics, *cache_);
  if (changes_ != nullptr) add_change_metrics(metrics, changes_->counters());
  return metrics;
}

std::vector<admin::EventInfo> ClusterAdmin::events(std::uint64_t after) const {
  const auto& all = events_.events();
  const auto first = std::ranges::upper_bound(all, after, {}, &control::Event::id);
  std::vector<admin::EventInfo> events;
  for (auto event = first; event != all.end(); ++event)
    events.push_back({event->id, event->time, event->name, event->fields});
  return events;
}

admin::ChangesAnswer ClusterAdmin::changes(const admin::ChangesRequest& request) {
  if (draining_) return {{}, 503, "understudy is draining"};
  return answer_changes(changes_, accounts_.table().current(), request);
}

void ClusterAdmin::switch_over(std::string_view to, ChangeDone done) {
  failover_.switch_over(to, translated(std::move(done)));
}

void ClusterAdmin::fail_over(ChangeDone done) {
  failover_.fail_over(translated(std::move(done)));
}

std::optional<std::string> ClusterAdmin::not_ready() const {
  if (draining_) return "understudy is draining";
  const replication::Topology& topology = *monitor_.topology().current();
  if (!monitor_.complete()) return "the servers have not all been asked yet";
  if (topology.usable_primary() == nullptr) {
    return topology.primary ? "the primary does not answer" : topology.no_primary_reason;
  }
  if (accounts_.table().current() == nullptr) {
    return accounts_.problem() ? accounts_.problem()->message : "the accounts are not known yet";
  }
  return std::nullopt;
}

}  // namespace understudy::app

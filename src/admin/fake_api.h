#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/admin_api.h"

// For tests.
namespace understudy::admin {

class FakeApi final : public AdminApi {
 public:
  [[nodiscard]] Status status() const override {
    Status status;
    status.cluster = "main";
    status.epoch = 3;
    if (primary_known) status.primary = "db1";
    status.no_primary_reason = "db1 and db2 both accept writes";
    status.diagnosis = "healthy";
    status.semi_sync = "on";
    status.last_change = LastChange{"failover", true, "db2", "", 8.5};
    status.clients = 7;
    status.pinned = {{"temporary table", 2}};
    ServerStatus primary;
    primary.name = "db1";
    primary.address = "127.0.0.1:7311";
    primary.role = "primary";
    primary.health = "up";
    primary.position = "0-1-42";
    primary.connections_used = 1;
    primary.connections_idle = 2;
    primary.queries_read = 3;
    primary.queries_write = 4;
    ServerStatus replica = primary;
    replica.name = "db2";
    replica.role = "replica";
    replica.health = drained ? "drained" : "lagging";
    replica.reason = "not \xff UTF-8";
    replica.lag_ms = 1234;
    status.servers = {primary, replica};
    return status;
  }
  [[nodiscard]] ChangesAnswer changes(const ChangesRequest& request) override {
    if (request.authorization.empty()) return {{}, 401, "log in"};
    asked_for_changes = request.query;
    last_event_id = request.last_event_id;
    return {[this](net::AcceptedSocket socket) { given.emplace(std::move(socket)); }, 0, {}};
  }
  [[nodiscard]] std::vector<Metric> metrics() const override {
    Metric queries;
    queries.name = "understudy_queries_total";
    queries.help = "Statements sent to a server.";
    queries.samples.push_back({{{"server", "db1"}, {"kind", "read"}}, 12});
    Metric clients;
    clients.name = "understudy_clients";
    clients.help = "Connected clients.";
    clients.type = MetricType::Gauge;
    clients.samples.push_back({{}, 7});
    return {queries, clients};
  }
  [[nodiscard]] std::optional<std::string> not_ready() const override {
    if (primary_known) return std::nullopt;
    return "no primary is known";
  }
  Result<void> drain(std::string_view server) override { return set(server, true); }
  Result<void> resume(std::string_view server) override { return set(server, false); }
  [[nodiscard]] std::vector<EventInfo> events(std::uint64_t after) const override {
    std::vector<EventInfo> events;
    for (std::uint64_t id = after + 1; id <= last_event; ++id) {
      events.push_back(
          {id,
           std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'123)),
           "step",
           {{"server", "db2"}, {"ms", "1.5"}, {"epoch", "3"}, {"text", "4"}}});
    }
    return events;
  }
  void switch_over(std::string_view to, ChangeDone done) override {
    switched_to = to;
    if (to == "db1") return done(make_error(ErrorKind::Invalid, "it is the primary already"));
    waiting = std::move(done);
  }
  void fail_over(ChangeDone done) override { done(LastChange{"failover", true, "db2", "", 8.5}); }
  Result<void> rejoin(std::string_view server) override {
    if (server == "db1") return make_error(ErrorKind::Invalid, "db1 is the primary");
    return {};
  }

  // Read and written by both threads of a test, never at the same time but for these.
  std::atomic<bool> primary_known = true;
  std::atomic<bool> drained = false;
  std::atomic<std::uint64_t> last_event = 2;
  std::string switched_to;
  ChangeDone waiting;

  std::string asked_for_changes;
  std::string last_event_id;
  std::optional<net::AcceptedSocket> given;  // a connection that was handed over

 private:
  Result<void> set(std::string_view server, bool value) {
    EXPECT_EQ(server, "db2");
    drained = value;
    return {};
  }
};

}  // namespace understudy::admin

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/dialect.h"
#include "control/link.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology_builder.h"

// Scripted servers for the tests of this folder: they answer on a real loop, one turn later.
namespace understudy::control::testing {

class FakeDialect final : public backend::Dialect {
 public:
  replication::Flavour spoken = replication::Flavour::MariaDb;

  replication::Flavour flavour() const override { return spoken; }
  std::string session_setup(bool) const override { return {}; }
  std::string_view read_only_variable() const override { return {}; }
  std::string wait_for_position(const replication::Position&, Duration) const override {
    return {};
  }
  bool wait_succeeded(std::string_view) const override { return true; }
  std::string visible_position() const override { return {}; }
  std::string commits_under_way() const override { return {}; }
  Result<backend::CommitsUnderWay> read_commits_under_way(
      const backend::TextResult&) const override {
    return backend::CommitsUnderWay{};
  }
  std::string shown_commits() const override { return {}; }
  Result<bool> shows(const backend::CommitsUnderWay&, const backend::TextResult&) const override {
    return true;
  }
  std::string shown_log() const override { return {}; }
  Result<backend::ShownLog> read_shown_log(const backend::TextResult&) const override {
    return backend::ShownLog{};
  }
  std::string probe() const override { return "probe"; }
  std::string replica_status() const override { return "status"; }
  std::string heartbeats() const override { return {}; }
  std::string semi_sync_status() const override { return "semi-sync"; }
  std::string failover_settings() const override { return "settings"; }
  std::string own_grants() const override { return "grants"; }
  std::string read_only_bypass() const override { return "bypass"; }
  std::string session_states() const override { return "sessions"; }
  bool waits_for_room(const backend::TextResult& sessions) const override {
    return !sessions.rows.empty();
  }
  bool applies(const backend::TextResult&) const override { return false; }
  std::string logs_all() const override { return "logs all"; }
  std::string log_filters() const override { return "log filters"; }
  bool without_filters(const backend::TextResult&) const override { return true; }
  std::string logged_position() const override { return "logged"; }
  std::string applied_position() const override { return "applied"; }
  std::string cascades() const override { return "cascades"; }
  std::string table_facts(std::string_view, std::string_view) const override { return "facts"; }
  std::string columns(std::string_view, std::string_view) const override { return "columns"; }
  Result<NumberedColumn> numbered_column(const backend::TextResult&, std::size_t) const override {
    return NumberedColumn{};
  }
  std::string accounts() const override { return "accounts"; }
  std::vector<std::string> statements(const failover::Action& action, const backend::SourceAccess&,
                                      Duration) const override {
    return {std::string(failover::to_text(action.kind))};
  }
  std::string select_connections(failover::ActionKind action, std::string_view) const override {
    return "connections of " + std::string(failover::to_text(action));
  }
  std::string kill(std::string_view connection) const override {
    return "kill " + std::string(connection);
  }
  bool carried(std::string_view) const override { return true; }
};

using Row = std::map<std::string, std::optional<std::string>>;

inline backend::TextResult to_result(const std::vector<Row>& rows) {
  backend::TextResult result;
  for (const Row& row : rows) {
    result.rows.emplace_back();
    for (const auto& [column, value] : row) {
      if (result.rows.size() == 1) result.columns.push_back(column);
      result.rows.back().push_back(value);
    }
  }
  return result;
}

// What one server says now; tests change it while it is being asked.
struct FakeServer {
  FakeDialect dialect;
  std::optional<Error> refuses;            // opening a link fails so
  bool silent = false;                     // neither opens nor answers
  std::map<std::string, Error> forbidden;  // by statement
  Row probe;
  std::vector<Row> status;
  static std::vector<std::optional<std::string>> account(
      const char* user, const char* hash, const char* plugin = "mysql_native_password") {
    return {user, "%", plugin, hash, "0", {}, {}, {}, {}, "0"};
  }

  backend::TextResult accounts;
  backend::TextResult semi_sync{{"Variable_name", "Value"}, {{"status", "ON"}}};
  backend::TextResult sessions;  // those that wait for room
  backend::TextResult settings;
  backend::TextResult grants;
  backend::TextResult bypass;
  int opened = 0;
  std::map<std::string, int> asked;  // by statement

  static FakeServer primary(int id, const std::string& position = "0-1-10") {
    FakeServer server;
    server.probe = {{"version", "10.11.19-MariaDB"},
                    {"hostname", "host"},
                    {"server_id", std::to_string(id)},
                    {"read_only", "0"},
                    {"log_bin", "1"},
                    {"log_replica_updates", "1"},
                    {"semi_sync_primary", "0"},
                    {"semi_sync_replica", "0"},
                    {"max_allowed_packet", "16777216"},
                    {"sql_mode", "STRICT_TRANS_TABLES"},
                    {"applied", ""},
                    {"logged", position},
                    {"binlog_state", position}};
    server.accounts.columns = {"user", "host",   "plugin", "hash",    "locked",
                               "tls",  "cipher", "issuer", "subject", "expired"};
    server.accounts.rows = {account("app", "*AB")};
    return server;
  }
  static FakeServer replica(int id, const std::string& position = "0-1-10") {
    FakeServer server = primary(id, position);
    server.probe["read_only"] = "1";
    server.probe["applied"] = position;
    server.status = {{{"Master_Host", "127.0.0.1"},
                      {"Master_Port", "7311"},
                      {"Master_Server_Id", "1"},
                      {"Slave_IO_Running", "Yes"},
                      {"Slave_SQL_Running", "Yes"},
                      {"Using_Gtid", "Slave_Pos"},
                      {"Gtid_IO_Pos", position}}};
    return server;
  }
};

class FakeLink final : public Link {
 public:
  FakeLink(net::Loop& loop, FakeServer& server) : server_(server), later_(loop) {}

  void ask(std::vector<std::string> statements, OnAnswers done) override {
    statements_ = std::move(statements);
    done_ = std::move(done);
    for (const std::string& statement : statements_)
      ++server_.asked[statement];
    if (!server_.silent) later_.start({}, [this] { answer(); });
  }

  void on_broken(UniqueFunction<void()>) override {}

  [[nodiscard]] const backend::Dialect& dialect() const override { return server_.dialect; }

 private:
  void answer() {
    OnAnswers done = std::move(done_);
    if (server_.refuses) return done(*server_.refuses);
    Answers answers;
    for (const std::string& statement : statements_) {
      const auto forbidden = server_.forbidden.find(statement);
      if (forbidden != server_.forbidden.end()) return done(forbidden->second);
      answers.push_back(statement == "probe"       ? to_result({server_.probe})
                        : statement == "status"    ? to_result(server_.status)
                        : statement == "semi-sync" ? server_.semi_sync
                        : statement == "sessions"  ? server_.sessions
                        : statement == "settings"  ? server_.settings
                        : statement == "grants"    ? server_.grants
                        : statement == "bypass"    ? server_.bypass
                                                   : server_.accounts);
    }
    done(std::move(answers));
  }

  FakeServer& server_;
  net::Timer later_;
  std::vector<std::string> statements_;
  OnAnswers done_;
};

class FakeAttempt final : public LinkAttempt {
 public:
  FakeAttempt(net::Loop& loop, FakeServer& server) : later(loop), server_(server) {}

  [[nodiscard]] std::optional<replication::Flavour> greeted() const override {
    if (server_.silent) return {};
    return server_.dialect.spoken;
  }

  net::Timer later;

 private:
  FakeServer& server_;
};

class FakeOpener final : public LinkOpener {
 public:
  FakeOpener(net::Loop& loop, std::vector<FakeServer> scripted)
      : servers(std::move(scripted)), loop_(loop) {}

  std::unique_ptr<LinkAttempt> open(replication::ServerId id, Duration, OnOpen done) override {
    FakeServer& server = servers[id.value()];
    ++server.opened;
    auto attempt = std::make_unique<FakeAttempt>(loop_, server);
    if (server.silent) return attempt;
    attempt->later.start({}, [this, &server, done = std::move(done)]() mutable {
      // The callback destroys the attempt, and this function with it.
      OnOpen call = std::move(done);
      if (server.refuses) {
        call(*server.refuses);
      } else {
        call(std::unique_ptr<Link>(std::make_unique<FakeLink>(loop_, server)));
      }
    });
    return attempt;
  }

  std::vector<FakeServer> servers;

 private:
  net::Loop& loop_;
};

inline Error server_error(std::uint16_t code, std::string message) {
  Error error = make_error(ErrorKind::Server, std::move(message));
  error.code = code;
  return error;
}

inline replication::TopologySettings settings(std::size_t servers) {
  replication::TopologySettings settings;
  settings.cluster = "main";
  for (std::size_t i = 1; i <= servers; ++i) {
    settings.servers.emplace_back();
    settings.servers.back().name = "db" + std::to_string(i);
    settings.servers.back().address = {"127.0.0.1", static_cast<std::uint16_t>(7310 + i), ""};
  }
  settings.max_lag = std::chrono::seconds(5);
  settings.probe_timeout = std::chrono::milliseconds(200);
  return settings;
}

}  // namespace understudy::control::testing

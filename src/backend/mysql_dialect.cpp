#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/common_dialect.h"
#include "backend/text_query.h"

// What is said to be measured was measured on MySQL 9.7.4.
namespace understudy::backend {
namespace {

// Reported like any variable, but of the moment, or ours to set.
constexpr std::array<std::string_view, 16> kNotCarried = {
    "error_count",
    "gtid_next",
    "identity",
    "insert_id",
    "last_insert_id",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "session_track_gtids",
    "session_track_schema",
    "session_track_state_change",
    "session_track_system_variables",
    "session_track_transaction_info",
    "statement_id",
    "timestamp",
    "warning_count",
};
static_assert(std::ranges::is_sorted(kNotCarried));

// The transactions that are logged, or about to be, and not committed yet: GTIDs with the thread
// behind each.
constexpr std::string_view kOwned = "REGEXP_REPLACE(@@GLOBAL.gtid_owned, '#[0-9]+', '')";

// What the log has, those included. In this order: what is committed in between is in the second.
std::string logged() {
  return fmt::format("CONCAT_WS(',', NULLIF({}, ''), NULLIF(@@GLOBAL.gtid_executed, ''))", kOwned);
}

// A semi-sync variable, which is there only where the plugin is; 'OFF' else. One look at the table
// costs a millisecond, a look for each variable three.
std::string semi_sync(std::string_view variable) {
  // No row at all without the plugins.
  return fmt::format("COALESCE(MAX(IF(VARIABLE_NAME = '{}', VARIABLE_VALUE, 'OFF')), 'OFF')",
                     variable);
}

// CHANGE REPLICATION SOURCE keeps what is not named, and the relay log while that is applied; then
// it refuses SOURCE_AUTO_POSITION. A replica gives up after ten attempts if it is not told
// otherwise. The password goes encrypted by the source's RSA key where there is no TLS.
std::vector<std::string> follow(const failover::Action& action, const SourceAccess& access) {
  std::vector<std::string> statements;
  if (action.keeps_relay_log) {
    statements.emplace_back("STOP REPLICA IO_THREAD");
  } else if (!action.fresh) {
    statements.emplace_back("STOP REPLICA");
  }
  std::string change = fmt::format("CHANGE REPLICATION SOURCE TO SOURCE_HOST={}, SOURCE_PORT={}",
                                   quoted(access.address.host), access.address.port);
  if (action.fresh) {
    change += fmt::format(", SOURCE_USER={}, SOURCE_PASSWORD={}", quoted(access.user),
                          quoted(access.password));
  }
  if (!action.keeps_relay_log) change += ", SOURCE_AUTO_POSITION=1";
  change += fmt::format(
      ", GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=86400, "
      "SOURCE_HEARTBEAT_PERIOD={:.3f}",
      to_seconds(access.heartbeat));
  statements.push_back(std::move(change));
  statements.emplace_back("START REPLICA");
  return statements;
}

class MySqlDialect final : public CommonDialect {
 public:
  replication::Flavour flavour() const override { return replication::Flavour::MySql; }

  // Measured: transaction_read_only=1 refuses with error 1792 whatever changes rows or tables,
  // temporary ones too, and locking reads; not CREATE USER, GRANT, OPTIMIZE and FLUSH, which only
  // super_read_only stops (error 1290).
  std::string session_setup(bool read_only) const override {
    std::string statement = "SET " + std::string(kTracking) + ", session_track_gtids=OWN_GTID";
    if (read_only) statement += ", transaction_read_only=1";
    return statement;
  }
  std::string_view read_only_variable() const override { return "transaction_read_only"; }

  // 0 would wait for ever.
  std::string wait_for_position(const replication::Position& position,
                                Duration timeout) const override {
    return fmt::format("SELECT WAIT_FOR_EXECUTED_GTID_SET('{}', {:.3f})",
                       replication::to_string(position), std::max(0.001, to_seconds(timeout)));
  }

  // Measured: an engine shows a commit before it is in gtid_executed.
  std::string visible_position() const override { return "SELECT " + logged(); }

  // A commit is owned from before it is sent to replicas until readers see it and it is in
  // gtid_executed (measured: a replica was ahead of its primary's gtid_executed in 3 of 10,692
  // cases under load, never of both).
  std::string commits_under_way() const override { return fmt::format("SELECT {}", kOwned); }
  Result<CommitsUnderWay> read_commits_under_way(const TextResult& answer) const override {
    if (answer.rows.size() != 1 || answer.rows[0].size() != 1)
      return make_error(ErrorKind::Malformed, "the server did not say which GTIDs are owned");
    auto owned = replication::Position::parse(answer.rows[0][0].value_or(""));
    if (!owned.ok()) return std::move(owned).error();
    return CommitsUnderWay{{}, std::move(owned).value()};
  }
  std::string shown_commits() const override { return commits_under_way(); }
  Result<bool> shows(const CommitsUnderWay& commits, const TextResult& answer) const override {
    const Result<CommitsUnderWay> now = read_commits_under_way(answer);
    if (!now.ok()) return now.error();
    const auto& before = commits.owned.mysql_set();
    return before.minus(now->owned.mysql_set()) == before;
  }

  std::string shown_log() const override { return applied_position(); }
  Result<ShownLog> read_shown_log(const TextResult& answer) const override {
    if (answer.rows.size() != 1 || answer.rows[0].size() != 1)
      return make_error(ErrorKind::Malformed, "the server did not say what it has executed");
    auto executed = replication::Position::parse(answer.rows[0][0].value_or(""));
    if (!executed.ok()) return std::move(executed).error();
    return ShownLog{{}, std::move(executed).value()};
  }

  std::string probe() const override {
    return fmt::format(
        "SELECT {} AS logged, @@GLOBAL.gtid_executed AS applied, "
        "@@GLOBAL.gtid_executed AS binlog_state, @@version AS version, @@server_id AS server_id, "
        "@@server_uuid AS server_uuid, @@hostname AS hostname, @@GLOBAL.read_only AS read_only, "
        "@@GLOBAL.super_read_only AS super_read_only, "
        "@@max_allowed_packet AS max_allowed_packet, @@GLOBAL.sql_mode AS sql_mode, "
        "@@log_bin AS log_bin, @@log_replica_updates AS log_replica_updates, "
        "semi_sync.source AS semi_sync_primary, semi_sync.replica AS semi_sync_replica "
        "FROM (SELECT {} AS source, {} AS replica FROM performance_schema.global_variables "
        "WHERE VARIABLE_NAME IN ('rpl_semi_sync_source_enabled', "
        "'rpl_semi_sync_replica_enabled')) semi_sync",
        logged(), semi_sync("rpl_semi_sync_source_enabled"),
        semi_sync("rpl_semi_sync_replica_enabled"));
  }
  std::string replica_status() const override { return "SHOW REPLICA STATUS"; }
  std::string heartbeats() const override {
    return "SELECT c.CHANNEL_NAME, c.HEARTBEAT_INTERVAL, s.COUNT_RECEIVED_HEARTBEATS "
           "FROM performance_schema.replication_connection_configuration c "
           "JOIN performance_schema.replication_connection_status s "
           "ON s.CHANNEL_NAME = c.CHANNEL_NAME";
  }
  bool applies(const TextResult& status) const override {
    return any_but(status, "Replica_SQL_Running", "No");
  }
  std::string logs_all() const override {
    return "SELECT @@log_bin AND @@log_replica_updates "
           "AND NOT EXISTS (SELECT 1 FROM performance_schema.replication_applier_filters) "
           "AND NOT EXISTS (SELECT 1 FROM performance_schema.replication_applier_global_filters)";
  }
  std::string log_filters() const override { return "SHOW BINARY LOG STATUS"; }
  std::string semi_sync_status() const override {
    return "SHOW STATUS LIKE 'Rpl_semi_sync_source_status'";
  }

  std::string failover_settings() const override {
    return "SELECT UPPER(VARIABLE_NAME), g.VARIABLE_VALUE, "
           "CASE i.VARIABLE_SOURCE WHEN 'DYNAMIC' THEN 'SQL' "
           "WHEN 'COMMAND_LINE' THEN 'COMMAND-LINE' ELSE i.VARIABLE_SOURCE END "
           "FROM performance_schema.global_variables g "
           "JOIN performance_schema.variables_info i USING (VARIABLE_NAME) "
           "WHERE VARIABLE_NAME IN ('read_only', 'super_read_only', 'sync_binlog', "
           "'innodb_flush_log_at_trx_commit', 'gtid_mode', 'enforce_gtid_consistency', "
           "'binlog_format', 'binlog_row_image', 'binlog_row_metadata', "
           "'binlog_rows_query_log_events', 'binlog_order_commits', "
           "'replica_preserve_commit_order', 'performance_schema') "
           "OR VARIABLE_NAME LIKE 'rpl\\_semi\\_sync%' "
           "UNION ALL SELECT UPPER(FILTER_NAME), FILTER_RULE, 'SQL' "
           "FROM performance_schema.replication_applier_global_filters "
           "UNION ALL SELECT UPPER(FILTER_NAME), FILTER_RULE, 'SQL' "
           "FROM performance_schema.replication_applier_filters";
  }
  std::string read_only_bypass() const override {
    return "SELECT User, Host FROM mysql.user WHERE Super_priv = 'Y' "
           "AND User NOT IN ('root', 'mysql.session') UNION "
           "SELECT USER, HOST FROM mysql.global_grants WHERE PRIV = 'CONNECTION_ADMIN' "
           "AND USER NOT IN ('root', 'mysql.session')";
  }
  std::string session_states() const override { return "SHOW PROCESSLIST"; }
  bool waits_for_room(const TextResult& session_states) const override {
    return any_is(session_states, "State", "Waiting for disk space");
  }

  // Since 9.6 the server itself cascades, and logs the rows (seen on 9.7), unless InnoDB does it as
  // before.
  std::string cascades() const override {
    return fmt::format(
        "SELECT * FROM ({}) AS cascading WHERE COALESCE((SELECT VARIABLE_VALUE FROM "
        "performance_schema.global_variables WHERE VARIABLE_NAME = 'innodb_native_foreign_keys'), "
        "'ON') = 'ON'",
        CommonDialect::cascades());
  }

  std::string logged_position() const override { return visible_position(); }
  std::string applied_position() const override { return "SELECT @@GLOBAL.gtid_executed"; }

  // Columns of mysql.user. A salt in a stored hash has any characters of ASCII.
  std::string accounts() const override {
    return "SELECT User, Host, plugin, authentication_string, account_locked = 'Y', ssl_type, "
           "ssl_cipher, x509_issuer, x509_subject, "
           // A lifetime of NULL is the default, one of 0 has no end.
           "password_expired = 'Y' OR COALESCE(UNIX_TIMESTAMP() >= "
           "UNIX_TIMESTAMP(password_last_changed) + 86400 * NULLIF(COALESCE(password_lifetime, "
           "@@default_password_lifetime), 0), 0) FROM mysql.user";
  }

  std::vector<std::string> statements(const failover::Action& action, const SourceAccess& access,
                                      Duration timeout) const override {
    using failover::ActionKind;
    switch (action.kind) {
      case ActionKind::StartApplying:
        return {"START REPLICA SQL_THREAD"};
      case ActionKind::StopApplying:
        return {"STOP REPLICA SQL_THREAD"};
      case ActionKind::StartReceiving:
        return {"START REPLICA IO_THREAD"};
      case ActionKind::WaitApplied:
        return {wait_for_position(action.position, timeout)};
      case ActionKind::Detach:
        return {"STOP REPLICA", "RESET REPLICA ALL"};
      case ActionKind::Follow:
        return follow(action, access);
      case ActionKind::Open:
        return {"SET GLOBAL read_only=0"};  // super_read_only goes with it
      case ActionKind::Close:
        return {bounded_lock_wait(timeout), "SET GLOBAL super_read_only=1"};
      case ActionKind::SemiSyncSourceOn:
        return {"SET GLOBAL rpl_semi_sync_source_wait_point=AFTER_SYNC",
                "SET GLOBAL rpl_semi_sync_source_enabled=1"};
      case ActionKind::SemiSyncSourceOff:
        return {"SET GLOBAL rpl_semi_sync_source_enabled=0"};
      case ActionKind::SemiSyncReplicaOn:
        return {"SET GLOBAL rpl_semi_sync_replica_enabled=1"};
      case ActionKind::SemiSyncReplicaOff:
        return {"SET GLOBAL rpl_semi_sync_replica_enabled=0"};
      case ActionKind::StopReceiving:
      case ActionKind::CutClients:
        break;
    }
    return {};
  }

  std::string select_connections(failover::ActionKind action,
                                 std::string_view service_user) const override {
    if (action == failover::ActionKind::StopReceiving) {
      return "SELECT PROCESSLIST_ID FROM performance_schema.threads "
             "WHERE NAME = 'thread/sql/replica_io'";
    }
    return fmt::format(
        "SELECT ID FROM performance_schema.processlist WHERE "
        "USER NOT IN ('system user', 'event_scheduler', 'mysql.session', {}) "
        "AND COMMAND NOT IN ('Binlog Dump', 'Binlog Dump GTID', 'Daemon')",
        quoted(service_user));
  }

  bool carried(std::string_view variable) const override {
    return !std::ranges::binary_search(kNotCarried, variable);
  }
};

}  // namespace

const Dialect& mysql_dialect() {
  static const MySqlDialect dialect;
  return dialect;
}

}  // namespace understudy::backend

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "backend/common_dialect.h"
#include "backend/text_query.h"

namespace understudy::backend {
namespace {

// Measured on 10.11: each is reported like any variable, but restoring it would change results
// (`SET timestamp=DEFAULT` reports the present time), has no default, or is what we set ourselves.
constexpr std::array<std::string_view, 15> kNotCarried = {
    "error_count",
    "gtid_seq_no",
    "identity",
    "insert_id",
    "last_gtid",
    "last_insert_id",
    "pseudo_thread_id",
    "rand_seed1",
    "rand_seed2",
    "session_track_schema",
    "session_track_state_change",
    "session_track_system_variables",
    "session_track_transaction_info",
    "timestamp",
    "warning_count",
};
static_assert(std::ranges::is_sorted(kNotCarried));

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Of a name like mariadb-bin.000042.
Result<BinlogPoint> binlog_point(std::string_view file, std::string_view offset) {
  const auto number = to_number(file.substr(file.find_last_of('.') + 1));
  const auto bytes = to_number(offset);
  if (number && bytes) return BinlogPoint{*number, *bytes};
  return make_error(ErrorKind::Malformed, fmt::format("'{}' '{}' is no place in a binary log",
                                                      file.substr(0, 64), offset.substr(0, 64)));
}

// CHANGE MASTER keeps what is not named. It throws the relay log away.
std::vector<std::string> follow(const failover::Action& action, const SourceAccess& access) {
  std::vector<std::string> statements;
  // The server refuses to set the position if somebody has let it replicate in the meantime.
  statements.push_back(action.fresh ? fmt::format("SET GLOBAL gtid_slave_pos='{}'",
                                                  replication::to_string(action.position))
                                    : "STOP SLAVE");
  std::string change = fmt::format("CHANGE MASTER TO MASTER_HOST={}, MASTER_PORT={}",
                                   quoted(access.address.host), access.address.port);
  if (action.fresh) {
    change += fmt::format(", MASTER_USER={}, MASTER_PASSWORD={}", quoted(access.user),
                          quoted(access.password));
  }
  change += fmt::format(
      ", MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD={:.3f}",
      to_seconds(access.heartbeat));
  statements.push_back(std::move(change));
  statements.push_back("START SLAVE");
  return statements;
}

class MariaDbDialect final : public CommonDialect {
 public:
  replication::Flavour flavour() const override { return replication::Flavour::MariaDb; }

  std::string session_setup(bool read_only) const override {
    std::string statement =
        "SET " + std::string(kTracking) +
        // For the server to report what the login chose. Not of results: set by its name it would
        // lose the collation that columns are described with (measured on 10.11).
        ", character_set_client=@@character_set_client, "
        "collation_connection=@@collation_connection";
    if (read_only) statement += ", tx_read_only=1";
    return statement;
  }
  std::string_view read_only_variable() const override { return "tx_read_only"; }

  std::string wait_for_position(const replication::Position& position,
                                Duration timeout) const override {
    return fmt::format("SELECT MASTER_GTID_WAIT('{}', {:.3f})", replication::to_string(position),
                       to_seconds(timeout));
  }

  std::string visible_position() const override {
    // On a primary the binlog is ahead of gtid_slave_pos, on a replica never behind what is
    // visible.
    return "SELECT CONCAT(@@gtid_binlog_pos, IF(@@gtid_binlog_pos = '' OR @@gtid_slave_pos = '', "
           "'', ','), "
           "@@gtid_slave_pos)";
  }

  std::string commits_under_way() const override { return "SHOW MASTER STATUS"; }
  Result<CommitsUnderWay> read_commits_under_way(const TextResult& answer) const override {
    if (answer.rows.empty()) return CommitsUnderWay{};  // there is no binary log
    const auto end =
        binlog_point(answer.first("File").value_or(""), answer.first("Position").value_or(""));
    if (!end.ok()) return end.error();
    return CommitsUnderWay{*end, {}};
  }

  std::string shown_commits() const override { return shown_log(); }
  Result<bool> shows(const CommitsUnderWay& commits, const TextResult& answer) const override {
    const Result<ShownLog> shown = read_shown_log(answer);
    if (!shown.ok()) return shown.error();
    return shown->point >= commits.end;
  }

  // Of the session: for GLOBAL the server adds up the counters of all its connections first.
  std::string shown_log() const override { return "SHOW STATUS LIKE 'Binlog_snapshot_%'"; }
  Result<ShownLog> read_shown_log(const TextResult& answer) const override {
    std::string file, offset;
    for (const auto& row : answer.rows) {
      if (row.size() != 2 || !row[0] || !row[1]) continue;
      if (*row[0] == "Binlog_snapshot_file") file = *row[1];
      if (*row[0] == "Binlog_snapshot_position") offset = *row[1];
    }
    const Result<BinlogPoint> point = binlog_point(file, offset);
    if (!point.ok()) return point.error();
    return ShownLog{*point, {}};
  }

  std::string probe() const override {
    return "SELECT @@version AS version, @@server_id AS server_id, @@hostname AS hostname, "
           "@@read_only AS read_only, @@gtid_slave_pos AS applied, "
           "@@gtid_binlog_pos AS logged, @@gtid_binlog_state AS binlog_state, "
           "@@max_allowed_packet AS max_allowed_packet, "
           "@@global.sql_mode AS sql_mode, "
           "@@log_bin AS log_bin, @@log_slave_updates AS log_replica_updates, "
           "@@gtid_strict_mode AS gtid_strict_mode, @@binlog_format AS binlog_format, "
           "@@rpl_semi_sync_master_enabled AS semi_sync_primary, "
           "@@rpl_semi_sync_slave_enabled AS semi_sync_replica";
  }
  std::string replica_status() const override { return "SHOW ALL SLAVES STATUS"; }
  std::string heartbeats() const override { return {}; }
  bool applies(const TextResult& status) const override {
    return any_but(status, "Slave_SQL_Running", "No");
  }
  std::string logs_all() const override {
    return "SELECT @@log_bin AND @@log_slave_updates AND CONCAT(@@GLOBAL.replicate_do_db, "
           "@@GLOBAL.replicate_ignore_db, @@GLOBAL.replicate_do_table, "
           "@@GLOBAL.replicate_ignore_table, @@GLOBAL.replicate_wild_do_table, "
           "@@GLOBAL.replicate_wild_ignore_table) = ''";
  }
  std::string log_filters() const override { return "SHOW MASTER STATUS"; }
  std::string semi_sync_status() const override {
    return "SHOW STATUS LIKE 'Rpl_semi_sync_master_status'";
  }

  std::string failover_settings() const override {
    return "SELECT VARIABLE_NAME, GLOBAL_VALUE, GLOBAL_VALUE_ORIGIN "
           "FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME IN ('read_only', "
           "'sync_binlog', 'innodb_flush_log_at_trx_commit', 'gtid_strict_mode', "
           "'binlog_format', 'binlog_row_image', 'binlog_row_metadata') "
           "OR VARIABLE_NAME LIKE 'rpl\\_semi\\_sync%' OR VARIABLE_NAME LIKE 'replicate\\_do%' "
           "OR VARIABLE_NAME LIKE 'replicate\\_ignore%' OR VARIABLE_NAME LIKE 'replicate\\_wild%'";
  }
  // The bits of READ_ONLY ADMIN and, before 10.11, of SUPER.
  std::string read_only_bypass() const override {
    return "SELECT User, Host FROM mysql.global_priv WHERE "
           "User NOT IN ('root', 'mysql', 'mariadb.sys') AND "
           "(CAST(JSON_VALUE(Priv, '$.access') AS UNSIGNED) & (1 << 33) "
           "OR CAST(JSON_VALUE(Priv, '$.access') AS UNSIGNED) & (1 << 15) "
           "AND COALESCE(JSON_VALUE(Priv, '$.version_id'), 0) < 101100)";
  }
  std::string session_states() const override { return "SHOW PROCESSLIST"; }
  bool waits_for_room(const TextResult& session_states) const override {
    return any_is(session_states, "State", "Waiting for someone to free space");
  }

  std::string logged_position() const override { return "SELECT @@gtid_binlog_pos"; }
  std::string applied_position() const override { return "SELECT @@gtid_slave_pos"; }

  std::string accounts() const override {
    return "SELECT User, Host, JSON_VALUE(Priv, '$.plugin'), "
           "JSON_VALUE(Priv, '$.authentication_string'), "
           "COALESCE(JSON_VALUE(Priv, '$.account_locked'), 0), "
           "ELT(JSON_VALUE(Priv, '$.ssl_type'), 'ANY', 'X509', 'SPECIFIED'), "
           "JSON_VALUE(Priv, '$.ssl_cipher'), JSON_VALUE(Priv, '$.x509_issuer'), "
           "JSON_VALUE(Priv, '$.x509_subject'), "
           // The last change of an expired password was at 0; a lifetime of -1 days is the default,
           // one of 0 has no end.
           "CASE WHEN JSON_VALUE(Priv, '$.password_last_changed') = 0 THEN 1 ELSE COALESCE("
           "UNIX_TIMESTAMP() >= JSON_VALUE(Priv, '$.password_last_changed') + 86400 * NULLIF("
           "COALESCE(NULLIF(JSON_VALUE(Priv, '$.password_lifetime'), -1), "
           "@@default_password_lifetime), 0), 0) END "
           "FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.is_role') IS NULL";
  }

  std::vector<std::string> statements(const failover::Action& action, const SourceAccess& access,
                                      Duration timeout) const override {
    using failover::ActionKind;
    switch (action.kind) {
      case ActionKind::StartApplying:
        return {"START SLAVE SQL_THREAD"};
      case ActionKind::StopApplying:
        return {"STOP SLAVE SQL_THREAD"};
      case ActionKind::StartReceiving:
        return {"START SLAVE IO_THREAD"};
      case ActionKind::WaitApplied:
        return {wait_for_position(action.position, timeout)};
      case ActionKind::Detach:
        return {"STOP SLAVE", "RESET SLAVE ALL"};
      case ActionKind::Follow:
        return follow(action, access);
      case ActionKind::Open:
        return {"SET GLOBAL read_only=0"};
      case ActionKind::Close:
        return {bounded_lock_wait(timeout), "SET GLOBAL read_only=1"};
      case ActionKind::SemiSyncSourceOn:
        return {"SET GLOBAL rpl_semi_sync_master_wait_point=AFTER_SYNC",
                "SET GLOBAL rpl_semi_sync_master_enabled=1"};
      case ActionKind::SemiSyncSourceOff:
        return {"SET GLOBAL rpl_semi_sync_master_enabled=0"};
      case ActionKind::SemiSyncReplicaOn:
        return {"SET GLOBAL rpl_semi_sync_slave_enabled=1"};
      case ActionKind::SemiSyncReplicaOff:
        return {"SET GLOBAL rpl_semi_sync_slave_enabled=0"};
      case ActionKind::StopReceiving:
      case ActionKind::CutClients:
        break;
    }
    return {};
  }

  std::string select_connections(failover::ActionKind action,
                                 std::string_view service_user) const override {
    constexpr std::string_view kSelect = "SELECT ID FROM information_schema.PROCESSLIST WHERE ";
    if (action == failover::ActionKind::StopReceiving)
      return fmt::format("{}COMMAND = 'Slave_IO'", kSelect);
    return fmt::format(
        "{}USER NOT IN ('system user', 'event_scheduler', {}) AND COMMAND NOT IN ('Binlog Dump', "
        "'Daemon', 'Slave_IO', 'Slave_SQL', 'Slave_worker')",
        kSelect, quoted(service_user));
  }

  bool carried(std::string_view variable) const override {
    return !std::ranges::binary_search(kNotCarried, variable);
  }
};

}  // namespace

const Dialect& mariadb_dialect() {
  static const MariaDbDialect dialect;
  return dialect;
}

}  // namespace understudy::backend

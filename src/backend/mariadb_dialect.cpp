#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/dialect.h"

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

class MariaDbDialect final : public Dialect {
 public:
  std::string session_setup(bool read_only) const override {
    std::string statement =
        "SET session_track_system_variables='*', session_track_schema=ON, "
        "session_track_state_change=ON, session_track_transaction_info='CHARACTERISTICS'";
    if (read_only) statement += ", tx_read_only=1";
    return statement;
  }

  std::string wait_for_position(const replication::Position& position,
                                Duration timeout) const override {
    const double seconds = std::chrono::duration<double>(timeout).count();
    return fmt::format("SELECT MASTER_GTID_WAIT('{}', {:.3f})", replication::to_string(position),
                       seconds);
  }
  bool wait_succeeded(std::string_view value) const override { return value == "0"; }

  std::string visible_position() const override {
    // On a primary the binlog is ahead of gtid_slave_pos, on a replica never behind what is
    // visible.
    return "SELECT CONCAT(@@gtid_binlog_pos, IF(@@gtid_binlog_pos = '' OR @@gtid_slave_pos = '', "
           "'', ','), "
           "@@gtid_slave_pos)";
  }

  std::string probe() const override {
    return "SELECT @@version AS version, @@server_id AS server_id, @@hostname AS hostname, "
           "@@read_only AS read_only, @@gtid_slave_pos AS gtid_slave_pos, "
           "@@gtid_binlog_pos AS gtid_binlog_pos, @@max_allowed_packet AS max_allowed_packet, "
           "@@global.sql_mode AS sql_mode, "
           "@@log_bin AS log_bin, @@log_slave_updates AS log_slave_updates, "
           "@@gtid_strict_mode AS gtid_strict_mode, @@binlog_format AS binlog_format, "
           "@@rpl_semi_sync_master_enabled AS semi_sync_primary, "
           "@@rpl_semi_sync_slave_enabled AS semi_sync_replica";
  }
  std::string replica_status() const override { return "SHOW ALL SLAVES STATUS"; }

  std::string accounts() const override {
    return "SELECT User, Host, JSON_VALUE(Priv, '$.plugin'), "
           "JSON_VALUE(Priv, '$.authentication_string'), "
           "COALESCE(JSON_VALUE(Priv, '$.account_locked'), 0) "
           "FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.is_role') IS NULL";
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

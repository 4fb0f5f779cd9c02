#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "backend/dialect.h"
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

  std::string binlog_end() const override { return "SHOW MASTER STATUS"; }
  Result<BinlogPoint> read_binlog_end(const TextResult& answer) const override {
    if (answer.rows.empty()) return BinlogPoint{};  // there is no binary log
    return binlog_point(answer.first("File").value_or(""), answer.first("Position").value_or(""));
  }

  // Of the session: for GLOBAL the server adds up the counters of all its connections first.
  std::string binlog_shown() const override { return "SHOW STATUS LIKE 'Binlog_snapshot_%'"; }
  Result<BinlogPoint> read_binlog_shown(const TextResult& answer) const override {
    std::string file, offset;
    for (const auto& row : answer.rows) {
      if (row.size() != 2 || !row[0] || !row[1]) continue;
      if (*row[0] == "Binlog_snapshot_file") file = *row[1];
      if (*row[0] == "Binlog_snapshot_position") offset = *row[1];
    }
    return binlog_point(file, offset);
  }

  std::string probe() const override {
    return "SELECT @@version AS version, @@server_id AS server_id, @@hostname AS hostname, "
           "@@read_only AS read_only, @@gtid_slave_pos AS gtid_slave_pos, "
           "@@gtid_binlog_pos AS gtid_binlog_pos, @@gtid_binlog_state AS gtid_binlog_state, "
           "@@max_allowed_packet AS max_allowed_packet, "
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

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// The statements that the canned server knows, beside point selects and `SELECT @@variable, …`.
namespace understudy::bench {

enum class Match : std::uint8_t { Prefix, Contains };

// The first that matches answers; case matters.
struct KnownStatement {
  Match match;
  std::string_view text;
  std::string_view columns;  // their names, with commas; empty: the answer is OK
  // Values with `|` between them. NULL, $gtid, $log_file, $log_end, $app_hash and
  // $understudy_hash stand for what they say.
  std::vector<std::string_view> rows;
};

std::span<const KnownStatement> known_statements();

struct KnownVariable {
  std::string_view name;  // in lower case
  std::string_view value;
};

inline constexpr auto kKnownVariables = std::to_array<KnownVariable>({
    {"version", "10.11.11-MariaDB-log"},
    {"version_comment", "canned answers"},
    {"server_id", "1"},
    {"hostname", "canned"},
    {"read_only", "0"},
    {"gtid_slave_pos", ""},
    {"gtid_binlog_pos", "$gtid"},
    {"gtid_binlog_state", "$gtid"},
    {"gtid_current_pos", "$gtid"},
    {"gtid_domain_id", "0"},
    {"max_allowed_packet", "16777216"},
    {"sql_mode", "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER"},
    {"log_bin", "1"},
    {"log_slave_updates", "1"},
    {"gtid_strict_mode", "1"},
    {"binlog_format", "ROW"},
    {"binlog_row_image", "FULL"},
    {"binlog_checksum", "NONE"},
    {"rpl_semi_sync_master_enabled", "0"},
    {"rpl_semi_sync_slave_enabled", "0"},
    {"lower_case_table_names", "0"},
    {"character_set_server", "utf8mb4"},
    {"collation_server", "utf8mb4_general_ci"},
    {"time_zone", "SYSTEM"},
    {"system_time_zone", "UTC"},
    {"tx_isolation", "REPEATABLE-READ"},
    {"autocommit", "1"},
    {"wait_timeout", "28800"},
});

}  // namespace understudy::bench

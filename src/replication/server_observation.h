#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "replication/binlog_state.h"
#include "replication/flavour.h"
#include "replication/position.h"

namespace understudy::replication {

// One replication connection of a server: from where it replicates, and how that goes.
struct ReplicaStatus {
  std::string connection;  // the connection's name, empty for the default one
  std::string source_host;
  std::uint16_t source_port = 0;
  std::uint32_t source_server_id = 0;  // 0 until the source was reached once
  ServerUuid source_uuid{};            // MySQL
  bool io_running = false;             // connected to the source and receiving
  bool io_connecting = false;          // wants to, but is not connected now
  bool sql_running = false;            // applying
  bool using_gtid = false;
  // What is in the relay log: Gtid_IO_Pos; MySQL: Retrieved_Gtid_Set, which has less than what is
  // applied.
  Position received;
  std::uint32_t last_io_error_code = 0;
  std::string last_io_error;
  std::uint32_t last_sql_error_code = 0;
  std::string last_sql_error;
  // A silent source sends one so often (0: never), and how many have come.
  Duration heartbeat_period{};
  std::uint64_t heartbeats = 0;
  std::optional<std::uint64_t> seconds_behind;  // the server's own guess; whole seconds
};

// What one probe of a server found. Plain data; instants are those of the prober's clock.
struct ServerObservation {
  // When the probe's request was sent and its answer was complete. Every value was read between
  // the two.
  Instant sent{};
  Instant answered{};

  // Set if there was no answer; the other fields are then meaningless. Unreachable (refused) and
  // Lost (reset) are proof that nothing listens, Timeout is silence, Server an ERR packet.
  std::optional<Error> failure;

  Flavour flavour = Flavour::MariaDb;
  std::string version;
  std::string hostname;
  std::uint32_t server_id = 0;
  ServerUuid server_uuid{};  // MySQL
  bool read_only = false;
  bool super_read_only = false;  // MySQL; always false for MariaDB
  bool binlog = false;           // log_bin
  bool log_replica_updates = false;
  std::uint32_t gtid_domain = 0;
  bool semi_sync_source = false;  // the primary's side of semi-sync is switched on
  bool semi_sync_replica = false;
  // Commits on the primary really wait for a replica now. A server that waits in vain stops waiting
  // by itself, and begins again when a replica has caught up. Nothing: not asked.
  std::optional<bool> semi_sync_waits;
  // Writes wait for room on its disk; the server answers everything else.
  bool disk_full = false;
  std::uint64_t max_allowed_packet = 0;  // bytes
  std::string sql_mode;                  // of new sessions

  // What replication has applied and committed (gtid_slave_pos; MySQL: gtid_executed, which has
  // what was committed here, too): a read that starts after the answer sees at least this.
  Position applied;
  // What has been written to the binary log (gtid_binlog_pos; MySQL: gtid_executed and gtid_owned).
  // A transaction is written before it becomes visible, so no read that ended before the request
  // was sent has seen more (of what is in the binary log).
  Position logged;
  // All that was ever written to it, by server.
  BinlogState binlog_state;

  std::vector<ReplicaStatus> sources;  // empty: replicates from nobody

  [[nodiscard]] ServerIdentity identity() const { return {server_id, server_uuid}; }
};

// Whether it takes writes and replicates from nobody, as a primary does.
bool writable_source(const ServerObservation& observation);

// Why replication stands still, for people; empty if it runs.
std::string replication_problem(const ServerObservation& observation);

// One row of a SHOW statement: column name -> value, nullopt for NULL.
using StatusRow = std::map<std::string, std::optional<std::string>, std::less<>>;

// Reads the rows of MariaDB's SHOW ALL SLAVES STATUS (SHOW SLAVE STATUS has the same columns but
// the connection's name), or of MySQL's SHOW REPLICA STATUS, whose columns have other names and
// which says nothing of heartbeats. Columns that are missing keep their defaults. Rows without a
// source host are left out. Error: Malformed, if a number or a position cannot be read.
// Sources: MariaDB knowledge base and MySQL manual, "SHOW REPLICA STATUS".
Result<std::vector<ReplicaStatus>> parse_replica_status(std::span<const StatusRow> rows);
// Adds what MySQL says of heartbeats elsewhere, as rows of CHANNEL_NAME, HEARTBEAT_INTERVAL and
// COUNT_RECEIVED_HEARTBEATS. Error: Malformed.
Result<void> add_heartbeats(std::vector<ReplicaStatus>& sources, std::span<const StatusRow> rows);

}  // namespace understudy::replication

#include "sandbox/mysql_files.h"

#include <fmt/format.h>

#include <string_view>

namespace understudy::sandbox {
namespace {

// All that ALL PRIVILEGES means on MySQL 9.7, except SUPER, CONNECTION_ADMIN,
// SYSTEM_VARIABLES_ADMIN and what is alike: an application that could write on a replica would do
// so one day.
constexpr std::string_view kApplicationRights =
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHUTDOWN, PROCESS, FILE, REFERENCES, "
    "INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, "
    "REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, "
    "ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, CREATE TABLESPACE, CREATE ROLE, DROP ROLE, "
    "BACKUP_ADMIN, BINLOG_ADMIN, REPLICATION_APPLIER, REPLICATION_SLAVE_ADMIN, ROLE_ADMIN, "
    "SESSION_VARIABLES_ADMIN, SET_ANY_DEFINER, SHOW_ROUTINE, TRANSACTION_GTID_TAG, "
    "XA_RECOVER_ADMIN";

// What watching and changing a cluster takes; account hashes are read from the schema mysql, and
// BACKUP_ADMIN is for copies of a server.
constexpr std::string_view kServiceRights =
    "PROCESS, RELOAD, REPLICATION SLAVE, REPLICATION CLIENT, REFERENCES, REPLICATION_SLAVE_ADMIN, "
    "CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN, BACKUP_ADMIN";

std::string account(std::string_view name, std::string_view password, std::string_view rights,
                    std::string_view option = "") {
  return fmt::format(
      "CREATE USER '{0}'@'%' IDENTIFIED BY '{1}';\n"
      "GRANT {2} ON *.* TO '{0}'@'%'{3};\n",
      name, password, rights, option);
}

constexpr std::string_view kReplication =
    "mysqlx=OFF\n"
    "log_bin=binlog\n"
    "gtid_mode=ON\n"
    "enforce_gtid_consistency=ON\n"
    "relay_log=relay\n"
    // Whose write a row event is: followers look for what became of a statement.
    "binlog_rows_query_log_events=ON\n"
    // Safe with row images; else the application account could not create a function.
    "log_bin_trust_function_creators=1\n"
    // A replica that hears nothing for this long (seconds), no heartbeat either, says so.
    "replica_net_timeout=2\n"
    "plugin_load_add=semisync_source.so\n"
    "plugin_load_add=semisync_replica.so\n"
    "plugin_load_add=mysql_clone.so\n";

// Small, for a quick start and several servers on one machine. A killed process loses nothing of
// this: the kernel has it.
constexpr std::string_view kSizes =
    "skip_name_resolve=1\n"
    "local_infile=1\n"
    "max_connections=2000\n"
    "table_open_cache=400\n"
    "table_definition_cache=400\n"
    "innodb_buffer_pool_size=64M\n"
    "innodb_log_buffer_size=4M\n"
    "innodb_redo_log_capacity=64M\n"
    "innodb_flush_log_at_trx_commit=2\n"
    "sync_binlog=0\n"
    "performance_schema_digests_size=200\n"
    "performance_schema_events_statements_history_long_size=10\n"
    "performance_schema_events_stages_history_long_size=10\n"
    "performance_schema_events_transactions_history_long_size=10\n"
    "performance_schema_events_waits_history_long_size=10\n"
    "performance_schema_error_size=0\n";

constexpr std::string_view kSemiSync =
    // The primary's side is for the primary only.
    "rpl_semi_sync_source_enabled=0\n"
    "rpl_semi_sync_source_wait_point=AFTER_SYNC\n"
    // Afterwards the primary answers although no replica has the write: longer than a failover.
    "rpl_semi_sync_source_timeout=60000\n"
    "rpl_semi_sync_source_wait_no_replica=1\n"
    "rpl_semi_sync_replica_enabled=1\n";

}  // namespace

std::string mysql_settings(const ServerPaths& server, const State& state, std::uint32_t index,
                           bool as_root) {
  std::string text = fmt::format(
      "[mysqld]\n"
      "datadir={0}\n"
      "socket={1}\n"
      "tmpdir={2}\n"
      "pid_file={2}/mysqld.pid\n"
      "bind_address=127.0.0.1\n"
      "port={3}\n"
      "server_id={4}\n"
      "read_only=1\n"
      "super_read_only=1\n",
      server.datadir.string(), server.socket.string(), server.folder.string(), server.port,
      index + 1);
  text += kReplication;
  text += kSizes;
  if (state.semi_sync) text += kSemiSync;
  if (as_root) text += "user=root\n";
  return text;
}

std::string mysql_accounts(const State& state) {
  return account("app", "app", kApplicationRights, " WITH GRANT OPTION") +
         account("replication", state.replication_password, "REPLICATION SLAVE") +
         account("understudy", state.service_password, kServiceRights) +
         "GRANT SELECT ON mysql.* TO 'understudy'@'%';\n"
         "GRANT SELECT ON performance_schema.* TO 'understudy'@'%';\n";
}

}  // namespace understudy::sandbox

#include "sandbox/mariadb_files.h"

#include <fmt/format.h>

#include <string_view>

namespace understudy::sandbox {
namespace {

// All that ALL PRIVILEGES means on MariaDB 10.11, except READ_ONLY ADMIN and SUPER: an application
// that could write on a replica would do so one day.
constexpr std::string_view kApplicationRights =
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHUTDOWN, PROCESS, FILE, REFERENCES, "
    "INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, REPLICATION SLAVE, "
    "BINLOG MONITOR, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, "
    "EVENT, TRIGGER, CREATE TABLESPACE, DELETE HISTORY, SET USER, FEDERATED ADMIN, "
    "CONNECTION ADMIN, REPLICATION SLAVE ADMIN, REPLICATION MASTER ADMIN, BINLOG ADMIN, "
    "BINLOG REPLAY, SLAVE MONITOR";

// What watching and changing a cluster takes; account hashes are read from the schema mysql.
constexpr std::string_view kServiceRights =
    "PROCESS, RELOAD, BINLOG MONITOR, SLAVE MONITOR, REPLICATION SLAVE, REPLICATION SLAVE ADMIN, "
    "REPLICATION MASTER ADMIN, CONNECTION ADMIN, READ_ONLY ADMIN, REFERENCES";

std::string account(std::string_view name, std::string_view password, std::string_view rights,
                    std::string_view option = "") {
  std::string sql;
  // Through a Unix socket one comes as localhost, which '%' loses to an anonymous account.
  for (const std::string_view host : {"%", "localhost"})
    sql += fmt::format(
        "CREATE USER '{0}'@'{1}' IDENTIFIED VIA mysql_native_password USING PASSWORD('{2}');\n"
        "GRANT {3} ON *.* TO '{0}'@'{1}'{4};\n",
        name, host, password, rights, option);
  return sql;
}

}  // namespace

std::string mariadb_settings(const ServerPaths& server, const State& state, std::uint32_t index,
                             bool as_root) {
  // A server that starts deletes all temporary tables in its tmpdir, also those of others in /tmp.
  std::string text = fmt::format(
      "[mariadbd]\n"
      "datadir={0}\n"
      "socket={1}\n"
      "tmpdir={2}\n"
      "pid_file={2}/mariadbd.pid\n"
      "bind_address=127.0.0.1\n"
      "port={3}\n"
      "server_id={4}\n",
      server.datadir.string(), server.socket.string(), server.folder.string(), server.port,
      index + 1);
  // ROW, where the default is MIXED: a statement may do something else on the replica, and row
  // images are what followers of the binlog read.
  text +=
      "log_bin=binlog\n"
      "binlog_format=ROW\n"
      "log_slave_updates=1\n"
      // Safe with row images; else the application account could not create a function.
      "log_bin_trust_function_creators=1\n"
      "gtid_strict_mode=1\n"
      // A replica that hears nothing for this long (seconds), no heartbeat either, says so.
      "slave_net_timeout=2\n"
      "skip_name_resolve=1\n"
      "character_set_server=utf8mb4\n"
      "max_connections=2000\n";
  // Small, for a quick start. A killed process loses nothing of this: the kernel has it.
  text +=
      "performance_schema=OFF\n"
      "innodb_buffer_pool_size=64M\n"
      "innodb_log_file_size=32M\n"
      "innodb_flush_log_at_trx_commit=2\n"
      "sync_binlog=0\n"
      "read_only=1\n";
  if (state.semi_sync)
    text +=
        // The primary's side is for the primary only: on a replica it holds up the applying.
        "rpl_semi_sync_master_enabled=0\n"
        "rpl_semi_sync_master_wait_point=AFTER_SYNC\n"
        // Afterwards the primary answers although no replica has the write: longer than a failover.
        "rpl_semi_sync_master_timeout=60000\n"
        "rpl_semi_sync_master_wait_no_slave=1\n"
        "rpl_semi_sync_slave_enabled=1\n"
        // How long STOP SLAVE tries to tell a primary that does not answer.
        "rpl_semi_sync_slave_kill_conn_timeout=1\n";
  if (as_root) text += "user=root\n";
  return text;
}

std::string mariadb_accounts(const State& state) {
  return "DELETE FROM mysql.global_priv WHERE User = '';\n"
         "FLUSH PRIVILEGES;\n" +
         account("app", "app", kApplicationRights, " WITH GRANT OPTION") +
         account("replication", state.replication_password, "REPLICATION SLAVE") +
         account("understudy", state.service_password, kServiceRights) +
         "GRANT SELECT ON mysql.* TO 'understudy'@'%', 'understudy'@'localhost';\n";
}

}  // namespace understudy::sandbox

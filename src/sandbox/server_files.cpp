#include "sandbox/server_files.h"

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
    "REPLICATION MASTER ADMIN, CONNECTION ADMIN, READ_ONLY ADMIN";

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

std::string settings_text(const ServerPaths& server, const State& state, std::uint32_t index,
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
      "slave_net_timeout=10\n"
      "skip_name_resolve=1\n"
      "character_set_server=utf8mb4\n"
      "max_connections=2000\n";
  // Small, for a quick start. A killed process loses nothing of this: the kernel has it.
  text +=
      "performance_schema=OFF\n"
      "innodb_buffer_pool_size=64M\n"
      "innodb_log_file_size=32M\n"
      "innodb_flush_log_at_trx_commit=2\n"
      "sync_binlog=0\n";
  text += fmt::format("read_only={}\n", index == 0 ? 0 : 1);
  if (state.semi_sync)
    text += fmt::format(
        "rpl_semi_sync_master_enabled={}\n"
        "rpl_semi_sync_master_wait_point=AFTER_SYNC\n"
        "rpl_semi_sync_slave_enabled=1\n",
        index == 0 ? 1 : 0);
  if (as_root) text += "user=root\n";
  return text;
}

std::string accounts_sql(const State& state) {
  return "DELETE FROM mysql.global_priv WHERE User = '';\n"
         "FLUSH PRIVILEGES;\n" +
         account("app", "app", kApplicationRights, " WITH GRANT OPTION") +
         account("replication", state.replication_password, "REPLICATION SLAVE") +
         account("understudy", state.service_password, kServiceRights) +
         "GRANT SELECT ON mysql.* TO 'understudy'@'%', 'understudy'@'localhost';\n";
}

std::string replicate_sql(const ServerPaths& primary, const State& state) {
  return fmt::format(
      "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='replication', "
      "MASTER_PASSWORD='{}', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1;\n"
      "START SLAVE;\n",
      primary.port, state.replication_password);
}

std::string understudy_toml(const std::vector<ServerPaths>& servers, const State& state) {
  std::string list;
  for (const ServerPaths& server : servers)
    list += fmt::format("{}\"127.0.0.1:{}\"", list.empty() ? "" : ", ", server.port);
  return fmt::format("servers = [{}]\n\n[service]\nuser = \"understudy\"\npassword = \"{}\"\n",
                     list, state.service_password);
}

}  // namespace understudy::sandbox

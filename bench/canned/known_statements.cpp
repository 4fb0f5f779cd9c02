#include "canned/known_statements.h"

namespace understudy::bench {

std::span<const KnownStatement> known_statements() {
  static const std::vector<KnownStatement> statements = {
      {Match::Prefix, "SET ", "", {}},
      // Understudy's monitor, see src/backend/mariadb_dialect.cpp.
      {Match::Prefix,
       "SHOW ALL SLAVES STATUS",
       "Connection_name,Master_Host,Slave_IO_Running,Slave_SQL_Running",
       {}},
      {Match::Prefix,
       "SHOW MASTER STATUS",
       "File,Position,Binlog_Do_DB,Binlog_Ignore_DB",
       {"$log_file|$log_end||"}},
      {Match::Prefix,
       "SHOW STATUS LIKE 'Binlog_snapshot_%'",
       "Variable_name,Value",
       {"Binlog_snapshot_file|$log_file", "Binlog_snapshot_position|$log_end"}},
      {Match::Prefix,
       "SHOW STATUS LIKE 'Rpl_semi_sync_master_status'",
       "Variable_name,Value",
       {"Rpl_semi_sync_master_status|OFF"}},
      {Match::Prefix,
       "SHOW PROCESSLIST",
       "Id,User,Host,db,Command,Time,State,Info,Progress",
       {"1|app|localhost|NULL|Query|0||SHOW PROCESSLIST|0.000"}},
      {Match::Prefix,
       "SHOW COLUMNS FROM ",
       "Field,Type,Null,Key,Default,Extra",
       {"id|int(11)|NO|PRI|NULL|auto_increment"}},
      {Match::Prefix,
       "SHOW GRANTS",
       "Grants for understudy@%",
       {"GRANT ALL PRIVILEGES ON *.* TO `understudy`@`%` WITH GRANT OPTION"}},
      {Match::Contains,
       "JSON_VALUE(Priv, '$.authentication_string')",
       "User,Host,plugin,authentication_string,locked,tls,cipher,issuer,subject,expired",
       {"app|%|mysql_native_password|$app_hash|0|NULL|NULL|NULL|NULL|0",
        "understudy|%|mysql_native_password|$understudy_hash|0|NULL|NULL|NULL|NULL|0"}},
      {Match::Contains, "FROM mysql.global_priv", "User,Host", {}},
      {Match::Prefix, "SELECT CONCAT(@@gtid_binlog_pos", "position", {"$gtid"}},
      {Match::Prefix, "SELECT @@log_bin AND ", "all", {"1"}},
      {Match::Prefix, "SELECT MASTER_GTID_WAIT(", "wait", {"0"}},
      {Match::Contains,
       "FROM information_schema.SYSTEM_VARIABLES",
       "VARIABLE_NAME,GLOBAL_VALUE,GLOBAL_VALUE_ORIGIN",
       {"READ_ONLY|OFF|CONFIG", "SYNC_BINLOG|1|CONFIG", "INNODB_FLUSH_LOG_AT_TRX_COMMIT|1|CONFIG",
        "GTID_STRICT_MODE|ON|CONFIG"}},
      // Its cache.
      {Match::Contains,
       "FROM information_schema.REFERENTIAL_CONSTRAINTS",
       "UNIQUE_CONSTRAINT_SCHEMA,REFERENCED_TABLE_NAME,CONSTRAINT_SCHEMA,TABLE_NAME",
       {}},
      {Match::Contains,
       "FROM information_schema.TABLES t",
       "TABLE_TYPE,ENGINE,COLUMN_NAME,ORDINAL_POSITION,DATA_TYPE,COLUMN_TYPE,"
       "GENERATION_EXPRESSION,SEQ_IN_INDEX",
       {"BASE TABLE|InnoDB|id|1|int|int(11)|NULL|1",
        "BASE TABLE|InnoDB|c|2|char|char(120)|NULL|NULL"}},
      // Replicas and clients.
      {Match::Prefix, "SELECT UNIX_TIMESTAMP()", "UNIX_TIMESTAMP()", {"1700000000"}},
      {Match::Prefix, "SELECT VERSION()", "VERSION()", {"10.11.11-MariaDB-log"}},
      {Match::Prefix, "SELECT DATABASE()", "DATABASE()", {"NULL"}},
      {Match::Prefix, "SELECT 1", "1", {"1"}},
  };
  return statements;
}

}  // namespace understudy::bench

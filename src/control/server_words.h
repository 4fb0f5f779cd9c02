#pragma once

#include <array>
#include <span>
#include <string_view>

#include "replication/flavour.h"

namespace understudy::control {

// What servers of a flavour call things, where we tell a person what to do.
struct ServerWords {
  std::string_view source;  // in names of semi-sync's variables
  std::string_view replica;
  std::string_view log_replica_updates;
  std::string_view use_gtids;  // statements, each with its semicolon
  std::string_view start_applying;
  std::string_view start_receiving;
  std::string_view close;
  std::string_view read_only;  // what the configuration says for the last one
  std::string_view bypass;     // the right to write in spite of it
  std::string_view change_plugin;
  // What it takes to end receiving and connections, to open, close and attach servers, and to read
  // what a server has of its own.
  std::span<const std::string_view> rights;
};

inline constexpr std::array<std::string_view, 6> kMariaDbRights = {
    "PROCESS",           "CONNECTION ADMIN",        "READ_ONLY ADMIN",
    "REPLICATION SLAVE", "REPLICATION SLAVE ADMIN", "REPLICATION MASTER ADMIN"};
inline constexpr std::array<std::string_view, 6> kMySqlRights = {
    "PROCESS",           "REPLICATION CLIENT",      "CONNECTION_ADMIN",
    "REPLICATION SLAVE", "REPLICATION_SLAVE_ADMIN", "SYSTEM_VARIABLES_ADMIN"};

inline constexpr ServerWords kMariaDbWords = {
    "master",
    "slave",
    "log_slave_updates",
    "STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID=slave_pos; START SLAVE;",
    "START SLAVE SQL_THREAD;",
    "START SLAVE IO_THREAD;",
    "SET GLOBAL read_only=1;",
    "read_only=1",
    "READ_ONLY ADMIN",
    "VIA mysql_native_password USING PASSWORD('…')",
    kMariaDbRights};
inline constexpr ServerWords kMySqlWords = {
    "source",
    "replica",
    "log_replica_updates",
    "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION=1; START REPLICA;",
    "START REPLICA SQL_THREAD;",
    "START REPLICA IO_THREAD;",
    "SET GLOBAL super_read_only=1;",
    "super_read_only=1",
    "CONNECTION_ADMIN",
    "WITH caching_sha2_password BY '…'",
    kMySqlRights};

constexpr const ServerWords& words_of(replication::Flavour flavour) {
  return flavour == replication::Flavour::MySql ? kMySqlWords : kMariaDbWords;
}

}  // namespace understudy::control

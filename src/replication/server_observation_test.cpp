#include "replication/server_observation.h"

#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

// As MariaDB 10.11 answers SHOW ALL SLAVES STATUS, without the columns that nobody reads.
StatusRow running_row() {
  return {{"Connection_name", ""},     {"Master_Host", "127.0.0.1"}, {"Master_Port", "7311"},
          {"Slave_IO_Running", "Yes"}, {"Slave_SQL_Running", "Yes"}, {"Seconds_Behind_Master", "3"},
          {"Last_IO_Errno", "0"},      {"Last_IO_Error", ""},        {"Last_SQL_Errno", "0"},
          {"Last_SQL_Error", ""},      {"Master_Server_Id", "1"},    {"Using_Gtid", "Slave_Pos"},
          {"Gtid_IO_Pos", "0-1-100"}};
}

TEST(ReplicaStatusTest, ReadsARunningReplica) {
  const std::vector<StatusRow> rows = {running_row()};
  const auto parsed = parse_replica_status(rows);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 1u);
  const ReplicaStatus& status = parsed->front();
  EXPECT_EQ(status.source_host, "127.0.0.1");
  EXPECT_EQ(status.source_port, 7311);
  EXPECT_EQ(status.source_server_id, 1u);
  EXPECT_TRUE(status.io_running);
  EXPECT_FALSE(status.io_connecting);
  EXPECT_TRUE(status.sql_running);
  EXPECT_TRUE(status.using_gtid);
  EXPECT_EQ(to_string(status.received), "0-1-100");
  EXPECT_EQ(status.seconds_behind, 3u);
}

TEST(ReplicaStatusTest, ReadsABrokenReplica) {
  StatusRow row = running_row();
  row["Slave_IO_Running"] = "Connecting";
  row["Slave_SQL_Running"] = "No";
  row["Seconds_Behind_Master"] = std::nullopt;
  row["Last_SQL_Errno"] = "1062";
  row["Last_SQL_Error"] = "Duplicate entry '1' for key 'PRIMARY'";
  row["Using_Gtid"] = "No";
  const std::vector<StatusRow> rows = {row};
  const auto parsed = parse_replica_status(rows);
  ASSERT_TRUE(parsed.ok());
  const ReplicaStatus& status = parsed->front();
  EXPECT_FALSE(status.io_running);
  EXPECT_TRUE(status.io_connecting);
  EXPECT_FALSE(status.sql_running);
  EXPECT_FALSE(status.using_gtid);
  EXPECT_FALSE(status.seconds_behind);
  EXPECT_EQ(status.last_sql_error_code, 1062u);
  EXPECT_EQ(status.last_sql_error, "Duplicate entry '1' for key 'PRIMARY'");
}

TEST(ReplicaStatusTest, KeepsEveryNamedSourceAndDropsOneWithoutAHost) {
  StatusRow second = running_row();
  second["Connection_name"] = "west";
  StatusRow reset = running_row();
  reset["Master_Host"] = "";
  const std::vector<StatusRow> rows = {running_row(), second, reset};
  const auto parsed = parse_replica_status(rows);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[1].connection, "west");
}

// As MySQL 9.7 answers SHOW REPLICA STATUS.
StatusRow mysql_row() {
  return {{"Channel_Name", ""},
          {"Source_Host", "127.0.0.1"},
          {"Source_Port", "7311"},
          {"Replica_IO_Running", "Yes"},
          {"Replica_SQL_Running", "Yes"},
          {"Seconds_Behind_Source", "3"},
          {"Last_IO_Errno", "0"},
          {"Last_SQL_Errno", "0"},
          {"Source_Server_Id", "1"},
          {"Source_UUID", "3e11fa47-71ca-11e1-9e33-c80aa9429562"},
          {"Auto_Position", "1"},
          {"Retrieved_Gtid_Set",
           "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,\n"
           "4e11fa47-71ca-11e1-9e33-c80aa9429562:7"}};
}

TEST(ReplicaStatusTest, ReadsAReplicaOfMySql) {
  const std::vector<StatusRow> rows = {mysql_row()};
  auto parsed = parse_replica_status(rows);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 1u);
  ReplicaStatus& status = parsed->front();
  EXPECT_EQ(status.source_host, "127.0.0.1");
  EXPECT_EQ(status.source_port, 7311);
  EXPECT_EQ(status.source_server_id, 1u);
  EXPECT_EQ(to_string(status.source_uuid), "3e11fa47-71ca-11e1-9e33-c80aa9429562");
  EXPECT_TRUE(status.io_running && status.sql_running && status.using_gtid);
  EXPECT_EQ(status.received.mysql_set().count(), 6u);
  EXPECT_EQ(status.seconds_behind, 3u);

  const std::vector<StatusRow> heartbeats = {
      {{"CHANNEL_NAME", "west"},
       {"HEARTBEAT_INTERVAL", "9.000"},
       {"COUNT_RECEIVED_HEARTBEATS", "9"}},
      {{"CHANNEL_NAME", ""}, {"HEARTBEAT_INTERVAL", "0.250"}, {"COUNT_RECEIVED_HEARTBEATS", "17"}}};
  ASSERT_TRUE(add_heartbeats(*parsed, heartbeats).ok());
  EXPECT_EQ(status.heartbeat_period, std::chrono::milliseconds(250));
  EXPECT_EQ(status.heartbeats, 17u);
}

TEST(ReplicaStatusTest, ReadsAReplicaOfMySqlWithoutGtids) {
  StatusRow row = mysql_row();
  row["Auto_Position"] = "0";
  row["Replica_IO_Running"] = "Connecting";
  const std::vector<StatusRow> rows = {row};
  const auto parsed = parse_replica_status(rows);
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed->front().using_gtid);
  EXPECT_TRUE(parsed->front().io_connecting);
}

TEST(ReplicaStatusTest, NoRowsMeanNoSources) {
  const auto parsed = parse_replica_status({});
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->empty());
}

TEST(ReplicaStatusTest, ReportsWhatItCannotRead) {
  for (const char* column : {"Master_Port", "Gtid_IO_Pos", "Seconds_Behind_Master"}) {
    StatusRow row = running_row();
    row[column] = "lots";
    const std::vector<StatusRow> rows = {row};
    const auto parsed = parse_replica_status(rows);
    ASSERT_FALSE(parsed.ok()) << column;
    EXPECT_EQ(parsed.error().kind, ErrorKind::Malformed);
    EXPECT_NE(parsed.error().message.find(column), std::string::npos);
  }
}

}  // namespace
}  // namespace understudy::replication

#include <gtest/gtest.h>

#include "admin/admin_client.h"

namespace understudy::admin {
namespace {

TEST(StatusTableTest, OneLineAServer) {
  const auto text = status_table(R"({"cluster": "main", "epoch": 3, "primary": null,
    "no_primary_reason": "db1 is down", "failover": {"state": "idle", "last": null},
    "clients": 7, "pinned": {"user lock": 2}, "servers": [
      {"name": "db2", "address": "127.0.0.1:7312", "role": "replica", "health": "up",
       "lag_ms": 15, "position": "0-1-42", "connections": {"used": 1, "idle": 2},
       "queries": {"read": 30, "write": 4}}]})");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text,
            "cluster main, epoch 3, no primary (db1 is down), 7 clients, 2 pinned by user lock\n"
            "NAME  ADDRESS         ROLE     HEALTH  LAG    CONNECTIONS  READS  WRITES\n"
            "db2   127.0.0.1:7312  replica  up      15 ms  1+2          30     4\n");
}

TEST(StatusTableTest, WhatNeedsAttentionHasALine) {
  const auto text = status_table(R"({"cluster": "main", "epoch": 3, "primary": "db1",
    "failover": {"state": "failover", "blocked": "db2 does not answer", "semi_sync": "degraded"},
    "clients": 7, "pinned": {}, "servers": []})");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_TRUE(
      text->starts_with("cluster main, epoch 3, primary db1, 7 clients\n"
                        "failover under way, but it waits: db2 does not answer\n"
                        "semi-sync has degraded: what the primary commits may be lost with it\n"))
      << *text;
}

TEST(StatusTableTest, TheTimelineIsThatOfTheLastChange) {
  const auto text = timeline_text(R"([
    {"id": 1, "time": "T1", "event": "failover_started", "diagnosis": "primary_dead"},
    {"id": 2, "time": "T2", "event": "failover_done", "primary": "db2", "ms": 8},
    {"id": 3, "time": "T3", "event": "server_down", "server": "db1"},
    {"id": 4, "time": "T4", "event": "switchover_started", "from": "db2", "to": "db3"},
    {"id": 5, "time": "T5", "event": "step", "server": "db2", "ms": 1.25, "took_ms": 1},
    {"id": 6, "time": "T6", "event": "switchover_done", "primary": "db3", "ms": 12.5},
    {"id": 7, "time": "T7", "event": "server_up", "server": "db1"}])");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text,
            "last change of primary, at T4:\n"
            "           switchover_started from=db2 to=db3\n"
            "   1.2 ms  step server=db2 took_ms=1\n"
            "  12.5 ms  switchover_done primary=db3\n");
  EXPECT_EQ(timeline_text("[]").value(), "");
}

TEST(StatusTableTest, OtherJsonIsMalformed) {
  EXPECT_FALSE(timeline_text("{}{").ok());
  EXPECT_FALSE(status_table("{}").ok());
  EXPECT_FALSE(status_table("<html>").ok());
}

}  // namespace
}  // namespace understudy::admin

#include "replication/transaction_scope.h"

#include <gtest/gtest.h>

#include "recorded_binlog.h"

namespace understudy::replication {
namespace {

using Edge = TransactionScope::Edge;

BinlogEvent event(EventBody body) {
  BinlogEvent made;
  made.body = std::move(body);
  return made;
}

GtidEvent gtid(std::uint64_t sequence, bool standalone = false) {
  GtidEvent made;
  made.gtid = {0, 1, sequence};
  made.standalone = standalone;
  return made;
}

QueryEvent query(std::string_view text) {
  QueryEvent made;
  made.text = text;
  return made;
}

TEST(TransactionScopeTest, ATransactionEndsWithXid) {
  TransactionScope scope;
  EXPECT_EQ(scope.take(event(gtid(7))), Edge::Begun);
  EXPECT_EQ(std::get<Gtid>(scope.gtid()).sequence, 7u);
  EXPECT_EQ(scope.take(event(RowsEvent{})), Edge::None);
  EXPECT_TRUE(scope.open());
  EXPECT_EQ(scope.take(event(XidEvent{1})), Edge::Committed);
  EXPECT_FALSE(scope.open());
  EXPECT_EQ(std::get<Gtid>(scope.gtid()).sequence, 7u);
}

TEST(TransactionScopeTest, AStandaloneStatementIsATransaction) {
  TransactionScope scope;
  scope.take(event(gtid(8, true)));
  EXPECT_EQ(scope.take(event(query("CREATE TABLE t (a INT)"))), Edge::Committed);
}

TEST(TransactionScopeTest, StatementsInsideDoNotEndIt) {
  TransactionScope scope;
  scope.take(event(gtid(9)));
  EXPECT_EQ(scope.take(event(query("UPDATE t SET a = 1"))), Edge::None);
  EXPECT_EQ(scope.take(event(query("COMMIT"))), Edge::Committed);
}

TEST(TransactionScopeTest, ARollbackAndAPreparedOneAreToldApart) {
  TransactionScope scope;
  scope.take(event(gtid(10)));
  EXPECT_EQ(scope.take(event(query("ROLLBACK"))), Edge::RolledBack);
  scope.take(event(gtid(11)));
  EXPECT_EQ(scope.take(event(XaPrepareEvent{})), Edge::Prepared);
}

MySqlGtidEvent mysql_gtid(std::uint64_t number) {
  MySqlGtidEvent event;
  event.gtid = MySqlGtid{{}, "", number};
  return event;
}

TEST(TransactionScopeTest, OfMySqlTheFirstStatementShowsWhatItIs) {
  struct Case {
    std::vector<EventBody> events;
    Edge last;
  };
  const Case cases[] = {
      {{query("BEGIN"), RowsEvent{}, XidEvent{1}}, Edge::Committed},
      {{query("BEGIN"), RowsEvent{}, query("COMMIT")}, Edge::Committed},
      {{query("BEGIN"), query("UPDATE t SET a = 1"), query("ROLLBACK")}, Edge::RolledBack},
      {{query("CREATE TABLE t (a INT)")}, Edge::Committed},
      {{query("BEGIN"), query("CREATE TABLE `t` (`a` int) START TRANSACTION"), RowsEvent{},
        XidEvent{1}},
       Edge::Committed},
      {{query("XA START X'61',X'',1"), RowsEvent{}, query("XA END X'61',X'',1"), XaPrepareEvent{}},
       Edge::Prepared},
      {{query("XA COMMIT X'61',X'',1")}, Edge::Committed},
  };
  TransactionScope scope;
  std::uint64_t number = 0;
  for (const Case& item : cases) {
    EXPECT_EQ(scope.take(event(mysql_gtid(++number))), Edge::Begun);
    EXPECT_EQ(scope.gtid(), TransactionId(MySqlGtid{{}, "", number}));
    for (std::size_t i = 0; i < item.events.size(); ++i) {
      const bool last = i + 1 == item.events.size();
      EXPECT_EQ(scope.take(event(item.events[i])), last ? item.last : Edge::None) << number;
    }
    EXPECT_FALSE(scope.open());
  }
}

TEST(TransactionScopeTest, WhatARestartedServerHadBegunIsOver) {
  TransactionScope scope;
  scope.take(event(gtid(12)));
  EXPECT_EQ(scope.take(event(FormatDescription{})), Edge::None);
  EXPECT_FALSE(scope.open());
  EXPECT_EQ(scope.take(event(XidEvent{1})), Edge::None);
}

TEST(TransactionScopeTest, EndsAsOftenAsItBeginsInARecordedLog) {
  TransactionScope scope;
  BinlogDecoder decoder;
  std::size_t begun = 0;
  std::size_t ended = 0;
  for (const RecordedStatement& statement : recorded_log()) {
    for (const Bytes& bytes : statement.events) {
      const auto decoded = decoder.decode(bytes);
      ASSERT_TRUE(decoded.ok());
      const Edge edge = scope.take(*decoded);
      if (edge == Edge::Begun) ++begun;
      if (edge != Edge::Begun && edge != Edge::None) ++ended;
    }
  }
  EXPECT_GT(begun, 10u);
  EXPECT_EQ(begun, ended);
}

}  // namespace
}  // namespace understudy::replication

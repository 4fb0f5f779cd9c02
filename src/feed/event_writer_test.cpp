#include "feed/event_writer.h"

#include <gtest/gtest.h>

namespace understudy::feed {
namespace {

using replication::ColumnValue;
using replication::Position;

Position position(const char* text) {
  return Position::parse(text).value();
}

class EventWriterTest : public testing::Test {
 protected:
  EventWriterTest() {
    replication::TableFormat format;
    format.schema = "shop";
    format.name = "p";
    for (const char* name : {"id", "name"}) {
      replication::ColumnFormat column;
      column.name = name;
      format.columns.push_back(column);
    }
    Selection all;
    all.tables = {{"shop", "p"}};
    view_.emplace(TableView::make(all, format).value());
  }
  void begin(EventWriter& writer, std::uint64_t skipped = 0) {
    writer.begin({replication::Gtid{0, 1, 6}, 1'795'694'400, position("0-1-5"), skipped});
  }
  void insert(EventWriter& writer, std::int64_t id, std::uint64_t rows) {
    const Row row{id, std::string("n")};
    writer.row({*view_, ChangeKind::Insert, nullptr, &row}, rows);
  }

  std::optional<TableView> view_;
  EventWriter transactions_{Unit::Transaction};
  EventWriter rows_{Unit::Row};
};

TEST_F(EventWriterTest, ATransactionIsOneEvent) {
  begin(transactions_);
  insert(transactions_, 1, 1);
  const Row before{std::int64_t{2}, replication::Absent{}};
  const Row after{std::int64_t{3}, replication::SqlNull{}};
  transactions_.row({*view_, ChangeKind::Update, &before, &after}, 2);
  transactions_.row({*view_, ChangeKind::Delete, &before, nullptr}, 3);
  EXPECT_TRUE(transactions_.take_whole().empty());
  transactions_.end(position("0-1-6"));
  EXPECT_EQ(transactions_.take_whole(),
            "id: 0-1-6\n"
            R"(data: {"id":"0-1-6","gtid":"0-1-6","timestamp":"2026-11-26T12:00:00Z","changes":[)"
            R"({"schema":"shop","table":"p","type":"insert","after":{"id":1,"name":"n"}},)"
            R"({"schema":"shop","table":"p","type":"update","before":{"id":2},)"
            R"("after":{"id":3,"name":null}},)"
            R"({"schema":"shop","table":"p","type":"delete","before":{"id":2}}]})"
            "\n\n");
  EXPECT_EQ(transactions_.count(), 1u);
}

TEST_F(EventWriterTest, ATransactionWithoutChangesIsNoEvent) {
  begin(transactions_);
  transactions_.end(position("0-1-6"));
  EXPECT_TRUE(transactions_.empty());
}

TEST_F(EventWriterTest, EachRowHasAnIdInsideItsTransactionButTheLast) {
  begin(rows_);
  insert(rows_, 1, 1);
  insert(rows_, 2, 4);
  rows_.end(position("0-1-6"));
  const std::string text = rows_.take_whole();
  EXPECT_TRUE(text.starts_with("id: 0-1-5~0-1-6:1\ndata: {\"id\":\"0-1-5~0-1-6:1\"")) << text;
  EXPECT_NE(text.find("\n\nid: 0-1-6\ndata: "), std::string::npos) << text;
  EXPECT_EQ(rows_.count(), 2u);
}

TEST_F(EventWriterTest, PartsOfATransactionSayWhereTheyBelong) {
  begin(transactions_);
  insert(transactions_, 1, 2);
  transactions_.cut();
  const std::string first = transactions_.take();
  EXPECT_TRUE(first.starts_with("id: 0-1-5~0-1-6:2\n")) << first;
  EXPECT_NE(first.find(R"("after_rows":0,"last":false,"changes":[{)"), std::string::npos) << first;
  transactions_.end(position("0-1-6"));
  const std::string last = transactions_.take_whole();
  EXPECT_TRUE(last.starts_with("id: 0-1-6\n")) << last;
  EXPECT_NE(last.find(R"("after_rows":2,"last":true,"changes":[])"), std::string::npos) << last;
}

TEST_F(EventWriterTest, WhatWasDeliveredEarlierCountsAsAPart) {
  begin(transactions_, 5);
  insert(transactions_, 1, 6);
  transactions_.end(position("0-1-6"));
  EXPECT_NE(transactions_.take_whole().find(R"("after_rows":5,"last":true)"), std::string::npos);
}

TEST_F(EventWriterTest, ARollbackIsToldOnlyToWhomItConcerns) {
  begin(transactions_);
  insert(transactions_, 1, 1);
  transactions_.rolled_back(position("0-1-6"));
  EXPECT_TRUE(transactions_.empty());

  begin(rows_);
  insert(rows_, 1, 1);
  rows_.cut();
  EXPECT_FALSE(rows_.take().empty());
  rows_.rolled_back(position("0-1-6"));
  EXPECT_TRUE(rows_.take_whole().starts_with("id: 0-1-6\nevent: rollback\ndata: {"));
}

TEST_F(EventWriterTest, WhatIsForgottenLeavesEarlierTransactions) {
  begin(rows_);
  insert(rows_, 1, 1);
  rows_.end(position("0-1-6"));
  begin(rows_);
  insert(rows_, 2, 1);
  insert(rows_, 3, 2);
  rows_.forget();
  EXPECT_EQ(rows_.gathered(), 0u);
  const std::string text = rows_.take_whole();
  EXPECT_NE(text.find("\"id\":1,"), std::string::npos);
  EXPECT_EQ(text.find("\"id\":2,"), std::string::npos);
}

TEST_F(EventWriterTest, ADefinitionIsAnEventOfItsOwn) {
  begin(transactions_);
  const TableId tables[] = {{"shop", "p"}};
  transactions_.definition({tables, "shop", "ALTER TABLE p\nADD c INT"});
  transactions_.end(position("0-1-6"));
  EXPECT_EQ(transactions_.take_whole(),
            "id: 0-1-6\nevent: definition\n"
            R"(data: {"id":"0-1-6","gtid":"0-1-6","timestamp":"2026-11-26T12:00:00Z",)"
            R"("schema":"shop","tables":["shop.p"],"statement":"ALTER TABLE p\nADD c INT"})"
            "\n\n");
}

TEST_F(EventWriterTest, AnErrorSaysWhereToGoOn) {
  EXPECT_EQ(error_event("too \"slow\"", {position("0-1-5"), {}, 0}),
            "event: error\ndata: {\"error\":\"too \\\"slow\\\"\",\"last\":\"0-1-5\"}\n\n");
}

}  // namespace
}  // namespace understudy::feed

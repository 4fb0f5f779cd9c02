#include "feed/change_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "feed/event_writer.h"
#include "recorded_binlog.h"

namespace understudy::feed {
namespace {

// Names the columns of every table a0, a1, …
class NamedTables final : public TableSource {
 public:
  [[nodiscard]] std::optional<Result<replication::TableFormat>> complete(
      const replication::TableFormat& logged) const override {
    if (!known) return std::nullopt;
    replication::TableFormat named = logged;
    for (std::size_t i = 0; i < named.columns.size(); ++i)
      named.columns[i].name = "a" + std::to_string(i);
    return Result<replication::TableFormat>(named);
  }
  void forget(const TableId& table) override { forgotten.push_back(table); }

  bool known = true;
  std::vector<TableId> forgotten;
};

// Writes down what comes, a word each.
class Notes final : public ChangeSink {
 public:
  void begin(const TransactionHead& head) override { skipped = head.skipped; }
  void row(const RowChange& change, std::uint64_t rows) override {
    words.push_back(std::string(to_text(change.kind)) + " " + change.table.table().name + " " +
                    std::to_string(rows));
  }
  void definition(const DefinitionChange&) override { words.emplace_back("definition"); }
  void end(const replication::Position&) override { words.emplace_back("end"); }
  void rolled_back(const replication::Position&) override { words.emplace_back("rollback"); }
  void forget() override { words.emplace_back("forget"); }

  std::uint64_t skipped = 0;
  std::vector<std::string> words;
};

class ChangeReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto& statement : replication::recorded_log())
      log_.push_back(statement);
  }
  // Takes the events of all statements up to the first that begins with `to`, or of all.
  Result<void> take(ChangeReader& reader, std::string_view from, std::string_view to = "-") {
    bool on = from.empty();
    for (const auto& statement : log_) {
      if (!on && !from.empty() && statement.sql.starts_with(from)) on = true;
      if (on && statement.sql.starts_with(to)) return {};
      for (const Bytes& bytes : statement.events) {
        const auto event = decoder_.decode(bytes);
        EXPECT_TRUE(event.ok());
        if (!on || !event.ok()) continue;
        if (Result<void> taken = reader.take(*event); !taken || reader.missing()) return taken;
      }
    }
    return {};
  }
  static Selection of(std::initializer_list<const char*> names) {
    Selection selection;
    for (const char* name : names)
      selection.tables.push_back({"shop", name});
    return selection;
  }

  std::vector<replication::RecordedStatement> log_;
  replication::BinlogDecoder decoder_;
  NamedTables tables_;
  Notes notes_;
};

TEST_F(ChangeReaderTest, RowsOfWantedTablesAndTheirDefinition) {
  const Selection selection = of({"item"});
  ChangeReader reader(selection, tables_, notes_);
  ASSERT_TRUE(take(reader, "CREATE TABLE item", "SET binlog_format = 'STATEMENT'").ok());
  std::erase(notes_.words, "end");
  EXPECT_EQ(notes_.words, (std::vector<std::string>{
                              "definition", "definition", "insert item 1", "insert item 2",
                              "update item 1", "delete item 1", "insert item 2", "insert item 3",
                              "update item 1", "update item 2", "update item 3"}))
      << ::testing::PrintToString(notes_.words);
  EXPECT_FALSE(reader.open());
  EXPECT_FALSE(reader.position().empty());
}

TEST_F(ChangeReaderTest, EveryTypeAsJson) {
  const Selection selection = of({"every_type"});
  EventWriter writer(Unit::Transaction);
  ChangeReader reader(selection, tables_, writer);
  ASSERT_TRUE(take(reader, "INSERT INTO every_type VALUES", "INSERT INTO every_type (id)").ok());
  const std::string text = writer.take_whole();
  for (const char* part :
       {"\"a23\":\"2024-02-29\"", "\"a24\":\"-12:34:56\"", "\"a26\":\"838:59:59.999999\"",
        "\"a28\":\"1000-01-01T00:00:00.123\"", "\"a8\":\"-999\"", "\"a5\":1.5", "\"a31\":2155"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(ChangeReaderTest, ChangesAsTextAreAnError) {
  const Selection selection = of({"item"});
  ChangeReader reader(selection, tables_, notes_);
  const Result<void> taken = take(reader, "SET binlog_format = 'STATEMENT'");
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("binlog_format=ROW"), std::string::npos);
  EXPECT_TRUE(taken.error().message.starts_with("shop.item in 0-"));
}

TEST_F(ChangeReaderTest, APreparedTransactionIsAnErrorThatSaysHowToGoOn) {
  const Selection selection = of({"audit"});
  ChangeReader reader(selection, tables_, notes_);
  const Result<void> taken = take(reader, "XA START");
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("from=0-"), std::string::npos) << taken.error().message;
}

TEST_F(ChangeReaderTest, AnUnknownTableIsMissing) {
  const Selection selection = of({"item"});
  tables_.known = false;
  ChangeReader reader(selection, tables_, notes_);
  ASSERT_TRUE(take(reader, "/* a comment */ INSERT").ok());
  ASSERT_TRUE(reader.missing());
  EXPECT_EQ(*reader.missing(), (TableId{"shop", "item"}));
  EXPECT_TRUE(notes_.words.empty());
  tables_.known = true;
  reader.start({reader.position(), {}, 0});
  EXPECT_FALSE(reader.missing());
  EXPECT_EQ(notes_.words, std::vector<std::string>{"forget"});
}

TEST_F(ChangeReaderTest, WhatWasDeliveredBeforeIsSkipped) {
  const Selection selection = of({"item", "audit"});
  ChangeReader first(selection, tables_, notes_);
  ASSERT_TRUE(
      take(first, "/* a comment */ INSERT", "INSERT INTO item (name, stock) VALUES ('lamp'").ok());
  const std::size_t all = notes_.words.size();
  ASSERT_EQ(notes_.words.back(), "end");
  const replication::Gtid gtid = first.position().at(0);
  notes_.words.clear();
  decoder_ = {};
  ChangeReader second(selection, tables_, notes_);
  second.start({{}, gtid, 1});
  ASSERT_TRUE(
      take(second, "/* a comment */ INSERT", "INSERT INTO item (name, stock) VALUES ('lamp'").ok());
  EXPECT_EQ(notes_.skipped, 1u);
  EXPECT_EQ(notes_.words.size(), all - 1);
}

TEST_F(ChangeReaderTest, ATransactionThatIsNotThereAnyMoreIsAnError) {
  const Selection selection = of({"item"});
  ChangeReader reader(selection, tables_, notes_);
  reader.start({{}, replication::Gtid{0, 77, 1}, 5});
  const Result<void> taken = take(reader, "/* a comment */ INSERT");
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().message.find("0-77-1"), std::string::npos);
}

}  // namespace
}  // namespace understudy::feed

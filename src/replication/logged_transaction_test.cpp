#include "replication/logged_transaction.h"

#include <gmock/gmock.h>

#include "recorded_binlog.h"

namespace understudy::replication {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecordedTransactions : public testing::Test {
 protected:
  // The last transaction that a statement with this text logged or committed.
  LoggedTransaction of(std::string_view sql) {
    BinlogDecoder decoder;
    TransactionAssembler assembler;
    std::optional<LoggedTransaction> found;
    for (const RecordedStatement& statement : recorded_log()) {
      for (const Bytes& bytes : statement.events) {
        Result<BinlogEvent> event = decoder.decode(bytes);
        EXPECT_TRUE(event.ok());
        auto ended = assembler.take(*event);
        EXPECT_TRUE(ended.ok());
        if (*ended && statement.sql.starts_with(sql)) found = std::move(*ended);
      }
    }
    EXPECT_TRUE(found.has_value()) << sql;
    return found.value_or(LoggedTransaction{});
  }
};

TEST_F(RecordedTransactions, DdlStandsAlone) {
  const LoggedTransaction made = of("CREATE TABLE item");
  EXPECT_EQ(made.commit, CommitKind::Standalone);
  ASSERT_EQ(made.statements.size(), 1u);
  EXPECT_THAT(made.statements[0].text, ::testing::StartsWith("CREATE TABLE item (id INT"));
  EXPECT_EQ(made.statements[0].schema, "shop");
  EXPECT_TRUE(made.statements[0].thread_id.has_value());
  EXPECT_FALSE(made.statements[0].row_based);
}

TEST_F(RecordedTransactions, RowsOfATriggerAreThoseOfItsStatement) {
  const LoggedTransaction written = of("/* a comment */");
  EXPECT_EQ(written.commit, CommitKind::Xid);
  EXPECT_EQ(std::get<Gtid>(written.gtid).server, 7u);
  ASSERT_EQ(written.statements.size(), 1u);
  const LoggedStatement& statement = written.statements[0];
  EXPECT_TRUE(statement.row_based);
  EXPECT_TRUE(statement.rows_complete);
  EXPECT_EQ(statement.thread_id, std::nullopt);
  EXPECT_THAT(statement.rows, ElementsAre(ChangedRows{"shop", "item", 2, 0, 0},
                                          ChangedRows{"shop", "audit", 2, 0, 0}));
  // The id that the server gave, and a stock.
  ASSERT_EQ(statement.first_written.size(), 2u);
  EXPECT_GT(statement.first_written[0].at(0), 0u);
}

// The server turns REPLACE into an UPDATE where no trigger or foreign key could tell.
TEST_F(RecordedTransactions, ReplaceAndOnDuplicateKeyUpdateRows) {
  EXPECT_THAT(of("INSERT INTO item (name, stock) VALUES ('lamp', 1) ON").statements[0].rows,
              ElementsAre(ChangedRows{"shop", "item", 0, 1, 0}));
  EXPECT_THAT(of("REPLACE").statements[0].rows,
              ::testing::Contains(ChangedRows{"shop", "item", 2, 0, 1}));
}

// What changed nothing is not there in row format, and is in statement format.
TEST_F(RecordedTransactions, ATransactionHasItsStatementsInOrder) {
  const LoggedTransaction last = of("COMMIT");  // the second one
  ASSERT_EQ(last.statements.size(), 2u);
  EXPECT_EQ(last.statements[0].text, "UPDATE item SET stock = stock + 1");
  EXPECT_EQ(last.statements[1].text, "DELETE FROM audit");
  EXPECT_FALSE(last.statements[0].row_based);
  EXPECT_EQ(of("UPDATE item SET stock = 5").statements.size(), 1u);
}

TEST_F(RecordedTransactions, StatementFormatHasInsertIds) {
  const LoggedTransaction written = of("INSERT INTO item (name, stock) VALUES ('bed'");
  ASSERT_EQ(written.statements.size(), 1u);
  EXPECT_EQ(written.statements[0].insert_id, 10u);
  EXPECT_THAT(written.statements[0].rows, IsEmpty());
  EXPECT_EQ(of("UPDATE item SET stock = @n").statements[0].insert_id, std::nullopt);
}

TEST_F(RecordedTransactions, OtherEnginesCommitWithAStatement) {
  EXPECT_EQ(of("INSERT INTO plain VALUES (1)").commit, CommitKind::Statement);
  const LoggedTransaction rows = of("INSERT INTO plain VALUES (3)");
  EXPECT_EQ(rows.commit, CommitKind::Statement);
  ASSERT_EQ(rows.statements.size(), 1u);
  EXPECT_THAT(rows.statements[0].rows, ElementsAre(ChangedRows{"shop", "plain", 2, 0, 0}));
}

TEST_F(RecordedTransactions, PreparingIsNotCommitting) {
  EXPECT_EQ(of("XA PREPARE").commit, CommitKind::XaPrepare);
  EXPECT_EQ(of("XA COMMIT").commit, CommitKind::Standalone);
}

BinlogEvent begin(std::uint64_t sequence) {
  GtidEvent event;
  event.gtid = {0, 1, sequence};
  return {{}, event};
}

TEST(TransactionAssembler, LeavesOutWhatHasNoEnd) {
  TransactionAssembler assembler;
  EXPECT_FALSE(assembler.take(begin(5))->has_value());
  EXPECT_FALSE(assembler.take({{}, AnnotateRowsEvent{"INSERT 1"}})->has_value());
  EXPECT_FALSE(assembler.take({{}, FormatDescription{}})->has_value());
  EXPECT_FALSE(assembler.take({{}, XidEvent{}})->has_value());
  EXPECT_FALSE(assembler.take(begin(6))->has_value());
  EXPECT_FALSE(assembler.take(begin(7))->has_value());
  const auto ended = assembler.take({{}, XidEvent{}});
  ASSERT_TRUE(ended->has_value());
  EXPECT_EQ((*ended)->gtid, TransactionId(Gtid{0, 1, 7}));
}

TEST(TransactionAssembler, RowsWithoutTextAreAStatement) {
  TransactionAssembler assembler;
  RowsEvent rows;
  rows.table = std::make_shared<TableFormat>(TableFormat{"s", "t", {}});
  rows.count = 3;
  rows.ends_statement = true;
  EXPECT_TRUE(assembler.take(begin(5)).ok());
  EXPECT_TRUE(assembler.take({{}, rows}).ok());
  rows.change = RowChange::Deleted;
  rows.count = std::nullopt;
  EXPECT_TRUE(assembler.take({{}, rows}).ok());
  const auto ended = assembler.take({{}, XidEvent{}});
  ASSERT_TRUE(ended->has_value());
  ASSERT_EQ((*ended)->statements.size(), 2u);
  EXPECT_THAT((*ended)->statements[0].rows, ElementsAre(ChangedRows{"s", "t", 3, 0, 0}));
  EXPECT_FALSE((*ended)->statements[1].rows_complete);
}

TEST(TransactionAssembler, OfMySqlTheBeginSaysNothing) {
  TransactionAssembler assembler;
  MySqlGtidEvent gtid;
  gtid.gtid = MySqlGtid{{}, "", 4};
  QueryEvent begins;
  begins.text = "BEGIN";
  begins.thread_id = 17;
  EXPECT_TRUE(assembler.take({{}, gtid}).ok());
  EXPECT_TRUE(assembler.take({{}, begins}).ok());
  EXPECT_TRUE(assembler.take({{}, AnnotateRowsEvent{"INSERT 1"}}).ok());
  const auto ended = assembler.take({{}, XidEvent{}});
  ASSERT_TRUE(ended->has_value());
  EXPECT_EQ((*ended)->gtid, TransactionId(*gtid.gtid));
  ASSERT_EQ((*ended)->statements.size(), 1u);
  EXPECT_EQ((*ended)->statements[0].text, "INSERT 1");
  EXPECT_EQ((*ended)->statements[0].thread_id, std::nullopt);

  QueryEvent definition;
  definition.text = "CREATE TABLE t (a INT)";
  definition.thread_id = 18;
  gtid.gtid->number = 5;
  EXPECT_TRUE(assembler.take({{}, gtid}).ok());
  const auto alone = assembler.take({{}, definition});
  ASSERT_TRUE(alone->has_value());
  EXPECT_EQ((*alone)->commit, CommitKind::Standalone);
  EXPECT_EQ((*alone)->statements[0].thread_id, 18u);
}

TEST(TransactionAssembler, AGapIsAnError) {
  TransactionAssembler assembler;
  const auto ended = assembler.take({{}, IncidentEvent{1, "lost"}});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::Unsupported);
}

}  // namespace
}  // namespace understudy::replication

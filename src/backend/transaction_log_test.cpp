#include "backend/transaction_log.h"

#include <gtest/gtest.h>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/ok_packet.h"

namespace understudy::backend {
namespace {

class TransactionLogTest : public ::testing::Test {
 protected:
  // The answer of a statement that gave out this id.
  static AnswerSum answer_with(std::uint64_t insert_id) {
    protocol::OkPacket ok;
    ok.last_insert_id = insert_id;
    Bytes payload;
    protocol::append_ok_payload(payload, ok, protocol::kProtocol41);
    protocol::ScanStep step;
    step.kind = protocol::PacketKind::Ok;
    step.payload = payload;
    AnswerSum sum;
    sum.add(step, protocol::kProtocol41);
    return sum;
  }
  std::uint64_t insert_id_of(std::string_view sql) {
    log_.begin({});
    add(sql, 0, false, answer_with(7));
    return log_.at(0).insert_id;
  }
  void add(std::string_view sql, std::uint64_t last_insert_id = 0, bool kept_text = false,
           const AnswerSum& answer = AnswerSum()) {
    packets_.clear();
    protocol::append_query(packets_, sql);
    command_.packets = packets_;
    command_.text = sql;
    what_ = sql::classify(sql);
    command_.what = &what_;
    log_.add(command_, answer, last_insert_id, kept_text);
  }

  Bytes packets_;
  sql::Classification what_;
  Command command_;
  TransactionLog log_;
};

TEST_F(TransactionLogTest, KeepsStatementsAndTheStateTheyBeganIn) {
  SessionState state;
  state.set_schema("shop");
  log_.begin(state);
  add("BEGIN");
  const Bytes begin = packets_;
  add("SELECT LAST_INSERT_ID()", 7);
  ASSERT_TRUE(log_.active());
  ASSERT_EQ(log_.size(), 2u);
  EXPECT_EQ(log_.start(), state);
  EXPECT_EQ(Bytes(log_.at(0).packets.begin(), log_.at(0).packets.end()), begin);
  EXPECT_TRUE(log_.at(1).effects.has(sql::Effect::ReadsSessionResult));
  EXPECT_EQ(log_.at(1).last_insert_id, 7u);
  EXPECT_TRUE(log_.obstacle().empty());
  log_.begin(SessionState());
  EXPECT_EQ(log_.size(), 0u) << "another transaction";
  EXPECT_EQ(log_.start(), SessionState());
}

TEST_F(TransactionLogTest, OffersAnIdOnlyToWhatIsSureToTakeIt) {
  EXPECT_EQ(insert_id_of("INSERT INTO t (v) VALUES (1)"), 7u);
  EXPECT_EQ(insert_id_of("/* note */ replace into t (v) values (1)"), 7u);
  EXPECT_EQ(insert_id_of("UPDATE t SET v = LAST_INSERT_ID(v + 1)"), 0u);
  EXPECT_EQ(insert_id_of("INSERT INTO t VALUES (Last_Insert_Id(7))"), 0u);
  EXPECT_EQ(insert_id_of("INSERT INTO t (v) VALUES (1); SELECT 1"), 0u);
  EXPECT_EQ(insert_id_of("CALL p()"), 0u);
}

TEST_F(TransactionLogTest, KeepsWhatAPreparedStatementNeeds) {
  log_.begin({});
  PreparedStatement statement;
  statement.long_data = {1, 2, 3};
  statement.schema = "shop";
  const Bytes execute = {5, 6};
  command_.kind = CommandKind::Execute;
  command_.statement = &statement;
  command_.packets = execute;
  command_.text = "INSERT INTO t VALUES (?)";
  command_.what = &what_;
  log_.add(command_, AnswerSum(), 0, false);
  statement.long_data.clear();
  const TransactionLog::Entry entry = log_.at(0);
  EXPECT_EQ(entry.text, "INSERT INTO t VALUES (?)");
  EXPECT_EQ(entry.schema, "shop");
  EXPECT_EQ(Bytes(entry.long_data.begin(), entry.long_data.end()), (Bytes{1, 2, 3}));
  EXPECT_EQ(Bytes(entry.packets.begin(), entry.packets.end()), execute);
}

TEST_F(TransactionLogTest, GivesUpWhenItIsTooLong) {
  log_.begin({});
  add("INSERT INTO t VALUES ('" + std::string(TransactionLog::kBytesMax - 100, 'x') + "')");
  EXPECT_TRUE(log_.obstacle().empty());
  add("INSERT INTO t VALUES ('" + std::string(200, 'x') + "')");
  EXPECT_EQ(log_.obstacle(), "it is too long");
  EXPECT_TRUE(log_.certain());
  EXPECT_EQ(log_.size(), 0u) << "holds no memory for nothing";
  log_.begin({});
  for (std::size_t i = 0; i < TransactionLog::kStatementsMax; ++i)
    add("SELECT 1");
  EXPECT_TRUE(log_.obstacle().empty());
  add("SELECT 1");
  EXPECT_EQ(log_.obstacle(), "it is too long");
}

TEST_F(TransactionLogTest, TheFirstObstacleIsTold) {
  log_.begin({});
  log_.lose_track("first");
  log_.give_up("second");
  EXPECT_EQ(log_.obstacle(), "first");
  EXPECT_FALSE(log_.certain());
  log_.begin({});
  EXPECT_TRUE(log_.certain());
  EXPECT_TRUE(log_.obstacle().empty());
}

}  // namespace
}  // namespace understudy::backend

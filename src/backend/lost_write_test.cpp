#include "backend/lost_write.h"

#include <gtest/gtest.h>

#include "protocol/commands.h"

namespace understudy::backend {
namespace {

using protocol::Null;
using protocol::Value;

TEST(BoundValues, AreThoseThatWereBound) {
  const std::vector<Value> bound = {std::int64_t{-7}, Null{}, std::string_view("text"),
                                    std::uint64_t{18446744073709551615u}, 1.5};
  Bytes framed;
  protocol::append_stmt_execute(framed, 3, bound);
  const auto values = bound_values(framed, 5);
  ASSERT_EQ(values.size(), bound.size());
  for (const auto& value : values)
    ASSERT_TRUE(value);
  EXPECT_EQ(std::get<std::int64_t>(*values[0]), -7);
  EXPECT_TRUE(std::holds_alternative<Null>(*values[1]));
  EXPECT_EQ(std::get<std::string_view>(*values[2]), "text");
  EXPECT_EQ(std::get<std::uint64_t>(*values[3]), 18446744073709551615u);
  EXPECT_EQ(std::get<double>(*values[4]), 1.5);
}

TEST(BoundValues, AreNotKnownWhereTheCommandDoesNotSayThem) {
  Bytes framed;
  protocol::append_stmt_execute(framed, 3, std::vector<Value>{std::int64_t{1}, std::int64_t{2}});
  for (std::size_t size = 0; size < framed.size(); ++size) {
    const auto values = bound_values(ByteView(framed).first(size), 2);
    ASSERT_EQ(values.size(), 2u);
    EXPECT_FALSE(values[0] || values[1]) << size;
  }
}

TEST(Resolve, TakesWhatNobodyAcknowledgedForTheWrite) {
  PrimaryMark mark;
  mark.identity.server_id = 1;
  auto write = std::make_shared<LostWrite>();
  write->schema = "shop";
  write->statements.push_back({"UPDATE t SET v = 1", false, {}, 0});
  std::vector<replication::LoggedTransaction> log(1);
  log[0].gtid = replication::Gtid{0, 1, 8};
  log[0].statements.resize(1);
  log[0].statements[0].text = "UPDATE t SET v = 1";
  log[0].statements[0].row_based = true;
  log[0].statements[0].rows = {{"shop", "t", 0, 3, 0}};
  const auto proved = resolve(mark, log, {}, {write});
  ASSERT_EQ(proved.size(), 1u);
  const auto* happened = std::get_if<replication::Happened>(&proved[0]);
  ASSERT_NE(happened, nullptr);
  EXPECT_EQ(happened->affected_rows, 3u);
  const auto other = resolve(mark, log, std::vector{log[0].gtid}, {write});
  EXPECT_TRUE(std::holds_alternative<replication::DidNotHappen>(other.at(0)));
}

TEST(Resolve, ATextProvesNothingWhereOthersWereSeenToWrite) {
  PrimaryMark mark;
  mark.identity.server_id = 1;
  mark.position.add({0, 1, 7});
  auto write = std::make_shared<LostWrite>();
  write->schema = "shop";
  write->thread_id = 4;
  write->statements.push_back({"DELETE FROM t", false, {}, 0});
  std::vector<replication::LoggedTransaction> log(2);
  for (std::size_t i = 0; i < log.size(); ++i) {
    log[i].gtid = replication::Gtid{0, 1, 7 + i};
    log[i].statements.resize(1);
    log[i].statements[0].text = i == 0 ? "DELETE FROM u" : "DELETE FROM t";
    log[i].statements[0].row_based = true;
    log[i].statements[0].rows = {{"shop", i == 0 ? "u" : "t", 0, 0, 1}};
  }
  EXPECT_TRUE(
      std::holds_alternative<replication::Ambiguous>(resolve(mark, log, {}, {write}).at(0)));
  EXPECT_TRUE(std::holds_alternative<replication::Happened>(
      resolve(mark, log, std::vector{log[0].gtid}, {write}).at(0)));
  // Not there is not there, whoever else writes; and what came before it was sent is not it.
  log[0].statements = std::exchange(log[1].statements, {});
  log.pop_back();
  EXPECT_TRUE(
      std::holds_alternative<replication::DidNotHappen>(resolve(mark, log, {}, {write}).at(0)));
}

}  // namespace
}  // namespace understudy::backend

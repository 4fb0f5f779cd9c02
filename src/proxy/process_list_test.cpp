#include "proxy/process_list.h"

#include <gtest/gtest.h>

#include "backend/text_query.h"
#include "protocol/constants.h"

namespace understudy::proxy {
namespace {

// As our own decoder reads it, which gets no more than columns and rows.
backend::TextResult read(const std::vector<ClientProcess>& processes, bool full) {
  Bytes answer = process_list_answer(processes, full, protocol::kDeprecateEof, 1, 2);
  constexpr std::size_t kEnd = protocol::kFrameHeaderSize + 7;
  answer.resize(answer.size() - kEnd);
  auto result = backend::decode_text_result(answer);
  EXPECT_TRUE(result.ok());
  return std::move(result).value();
}

ClientProcess process(std::uint32_t id, std::string statement) {
  ClientProcess process;
  process.id = id;
  process.user = "app";
  process.host = "10.0.0.1:50000";
  process.running = !statement.empty();
  process.statement = std::move(statement);
  process.seconds = 3;
  return process;
}

TEST(ProcessListTest, IsInTheOrderOfIds) {
  const auto result = read({process(7, ""), process(3, "SELECT 1")}, false);
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[0][0], "3");
  EXPECT_EQ(result.rows[0][4], "Query");
  EXPECT_EQ(result.rows[0][7], "SELECT 1");
  EXPECT_EQ(result.rows[1][0], "7");
  EXPECT_EQ(result.rows[1][3], std::nullopt) << "no schema";
  EXPECT_EQ(result.rows[1][4], "Sleep");
  EXPECT_EQ(result.rows[1][5], "3");
  EXPECT_EQ(result.rows[1][7], std::nullopt);
}

TEST(ProcessListTest, CutsStatementsBetweenCharacters) {
  std::string statement(99, 'x');
  statement += "ü and more";
  EXPECT_EQ(read({process(1, statement)}, false).rows[0][7], std::string(99, 'x'));
  EXPECT_EQ(read({process(1, statement)}, true).rows[0][7], statement);
}

}  // namespace
}  // namespace understudy::proxy

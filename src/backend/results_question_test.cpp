#include "backend/results_question.h"

#include <gtest/gtest.h>

#include "backend/text_query.h"

namespace understudy::backend {
namespace {

constexpr KnownResults kResults{7, 3, -1, 2, 1};

// "name=value name=value", or "-" for no answer.
std::string ask(std::string_view text, const KnownResults& results = kResults) {
  const auto answer = answer_results_question(text, {}, results, 0, 2);
  if (!answer) return "-";
  // Without both EOF packets.
  Bytes packets;
  for (ByteView rest = *answer; rest.size() > 4;) {
    const ByteView packet = rest.first(4 + rest[0]);
    if (packet[4] != 0xfe) append(packets, packet);
    rest = rest.subspan(packet.size());
  }
  const auto result = decode_text_result(packets);
  if (!result.ok() || result->rows.size() != 1) return "malformed";
  std::string told;
  for (std::size_t i = 0; i < result->columns.size(); ++i)
    told += (i == 0 ? "" : " ") + result->columns[i] + "=" + *result->rows[0][i];
  return told;
}

TEST(ResultsQuestionTest, AnswersWhatIsKnownUnderItsOwnName) {
  EXPECT_EQ(ask("SELECT FOUND_ROWS()"), "FOUND_ROWS()=3");
  EXPECT_EQ(ask("select row_count() ;"), "row_count()=-1");
  EXPECT_EQ(ask("SELECT LAST_INSERT_ID() AS id, @@warning_count, @@error_count"),
            "id=7 @@warning_count=2 @@error_count=1");
  EXPECT_EQ(ask("SELECT @@identity, @@last_insert_id"), "@@identity=7 @@last_insert_id=7");
  EXPECT_EQ(ask("SHOW COUNT(*) WARNINGS"), "@@session.warning_count=2");
  EXPECT_EQ(ask("SHOW COUNT(*) ERRORS;"), "@@session.error_count=1");
}

TEST(ResultsQuestionTest, LeavesEverythingElseToAServer) {
  for (const char* text :
       {"", "SELECT", "SELECT 1", "SELECT FOUND_ROWS() + 1", "SELECT FOUND_ROWS() FROM t",
        "SELECT FOUND_ROWS(1)", "SELECT LAST_INSERT_ID(5)", "SELECT FOUND_ROWS(), 1",
        "SELECT FOUND_ROWS(); SELECT 1", "SELECT @@autocommit", "SHOW WARNINGS",
        "SHOW COUNT(*) TABLES", "SELECT DISTINCT FOUND_ROWS()", "DO FOUND_ROWS()"})
    EXPECT_EQ(ask(text), "-") << text;
}

TEST(ResultsQuestionTest, DoesNotGuess) {
  KnownResults results;
  EXPECT_EQ(ask("SELECT FOUND_ROWS()", results), "-");
  EXPECT_EQ(ask("SELECT LAST_INSERT_ID(), ROW_COUNT()", results), "-");
  EXPECT_EQ(ask("SHOW COUNT(*) WARNINGS", results), "-");
  EXPECT_EQ(ask("SELECT LAST_INSERT_ID()", results), "LAST_INSERT_ID()=0");
}

}  // namespace
}  // namespace understudy::backend

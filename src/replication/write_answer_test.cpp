#include "replication/write_answer.h"

#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

LoggedStatement logged(std::string_view text, ChangedRows rows,
                       std::vector<std::optional<std::uint64_t>> first = {}) {
  LoggedStatement statement;
  statement.text = text;
  statement.row_based = true;
  statement.rows.push_back(std::move(rows));
  statement.first_written.push_back(std::move(first));
  return statement;
}

ChangedRows rows(std::uint64_t written, std::uint64_t updated, std::uint64_t deleted) {
  return {"shop", "t", written, updated, deleted};
}

std::optional<std::uint64_t> affected(std::string_view text, const ChangedRows& changed,
                                      bool found_rows = false) {
  return answer_of(logged(text, changed), found_rows, {}).affected_rows;
}

TEST(WriteAnswer, RowsAffectedAreThoseThatTheServerCounts) {
  EXPECT_EQ(affected("INSERT INTO t VALUES (1), (2)", rows(2, 0, 0)), 2u);
  EXPECT_EQ(affected("DELETE FROM t WHERE v < 9", rows(0, 0, 4)), 4u);
  EXPECT_EQ(affected("UPDATE t SET v = 1", rows(0, 3, 0)), 3u);
  EXPECT_EQ(affected("REPLACE INTO t VALUES (1), (2)", rows(2, 0, 1)), 3u);
  EXPECT_EQ(affected("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE v = 2", rows(0, 1, 0)), 2u);
}

TEST(WriteAnswer, WhatTheLogDoesNotTellIsNotKnown) {
  EXPECT_EQ(affected("UPDATE t SET v = 1", rows(0, 3, 0), true), std::nullopt);
  EXPECT_EQ(affected("UPDATE t, u SET t.v = u.v", rows(0, 3, 0)), std::nullopt);
  EXPECT_EQ(affected("INSERT INTO t VALUES (1) RETURNING v", rows(1, 0, 0)), std::nullopt);
  EXPECT_EQ(affected("CALL p()", rows(1, 0, 0)), std::nullopt);
}

TEST(WriteAnswer, ChangesWithoutNewRowsGiveNoId) {
  EXPECT_EQ(answer_of(logged("UPDATE t SET v = 1", rows(0, 1, 0)), false, {}).last_insert_id, 0u);
  EXPECT_EQ(answer_of(logged("DELETE FROM t", rows(0, 0, 1)), false, {}).last_insert_id, 0u);
}

std::optional<InsertedRows> inserted(std::string_view text, const ChangedRows& changed) {
  return answer_of(logged(text, changed, {5, std::nullopt}), false, {}).inserted;
}

TEST(WriteAnswer, AnInsertTellsItsFirstRowAndTheColumnsThatItNames) {
  const auto one = inserted("INSERT INTO t VALUES (5, 'x')", rows(1, 0, 0));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->table, "t");
  EXPECT_EQ(one->first.at(0), 5u);
  EXPECT_FALSE(one->several);
  EXPECT_FALSE(one->columns);
  const auto two = inserted("INSERT INTO t (V, `W`) VALUES ('x', 1), ('y', (2))", rows(2, 0, 0));
  ASSERT_TRUE(two);
  EXPECT_TRUE(two->several);
  EXPECT_EQ(two->columns, (std::vector<std::string>{"v", "w"}));
}

TEST(WriteAnswer, OtherParenthesesAreNoListOfColumns) {
  for (const std::string_view text :
       {"INSERT INTO t (SELECT 1, v FROM u)", "INSERT INTO t SELECT f(v), 1 FROM u",
        "INSERT INTO t PARTITION (p0) VALUES (1, 2)", "INSERT INTO t SET v = (1)"}) {
    const auto found = inserted(text, rows(1, 0, 0));
    ASSERT_TRUE(found) << text;
    EXPECT_FALSE(found->columns) << text;
  }
}

TEST(WriteAnswer, AnIdThatTheStatementChoosesIsNotGuessed) {
  EXPECT_FALSE(inserted("INSERT INTO t VALUES (LAST_INSERT_ID(4), 'x')", rows(1, 0, 0)));
  EXPECT_FALSE(
      inserted("INSERT INTO t VALUES (1, 'x') ON DUPLICATE KEY UPDATE v = 2", rows(0, 1, 0)));
  EXPECT_FALSE(inserted("INSERT INTO t VALUES (1, 'x') RETURNING v", rows(1, 0, 0)));
}

// Measured: the server answers with the number of the last row given, written or not.
TEST(WriteAnswer, OneRowWrittenOfSeveralDoesNotTellTheId) {
  const auto ignored = inserted("INSERT IGNORE INTO t VALUES (5, 'x'), (1, 'y')", rows(1, 0, 0));
  ASSERT_TRUE(ignored);
  EXPECT_TRUE(ignored->several);
  const auto one = inserted("INSERT IGNORE INTO t VALUES (5, 'x')", rows(1, 0, 0));
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->several);
  EXPECT_FALSE(inserted("INSERT INTO t VALUES (5, 'x'), (1, 'y') ON DUPLICATE KEY UPDATE v = v",
                        rows(1, 0, 0)));
}

}  // namespace
}  // namespace understudy::replication

#include "replication/statement_match.h"

#include <gtest/gtest.h>

namespace understudy::replication {
namespace {

using protocol::Value;

LoggedStatement logged(std::string_view text) {
  LoggedStatement statement;
  statement.text = text;
  statement.schema = "shop";
  return statement;
}

Match text_match(std::string_view sent, std::string_view log) {
  return match_statement({sent, false, {}}, "shop", {}, logged(log));
}

TEST(StatementMatch, TheTextDecidesButNotItsSpaceAndComments) {
  struct Case {
    std::string_view sent;
    std::string_view logged;
    Match expected;
  };
  const Case cases[] = {
      {"DELETE FROM t", "DELETE FROM t", Match::Yes},
      {"  DELETE FROM t ;\n", "DELETE FROM t", Match::Yes},
      {"DELETE  FROM\nt", "DELETE FROM t", Match::Yes},
      {"DELETE /* why */ FROM t", "DELETE FROM t", Match::Yes},
      {"DELETE FROM t", "DELETE FROM u", Match::No},
      {"DELETE FROM t", "DELETE FROM t LIMIT 1", Match::No},
      {"DELETE FROM t LIMIT 1", "DELETE FROM t", Match::No},
      {"INSERT INTO t VALUES ('a')", "INSERT INTO t VALUES ('A')", Match::No},
      {"INSERT INTO t VALUES ('a  b')", "INSERT INTO t VALUES ('a b')", Match::No},
      {"INSERT INTO t VALUES (1)", "INSERT INTO t VALUES ('1')", Match::No},
      {"INSERT INTO t VALUES ('?')", "INSERT INTO t VALUES ('5')", Match::No},
      {"DELETE FROM t", "", Match::Maybe},
  };
  for (const Case& item : cases)
    EXPECT_EQ(text_match(item.sent, item.logged), item.expected)
        << item.sent << " | " << item.logged;
}

TEST(StatementMatch, TheSchemaDecidesToo) {
  const SentStatement sent{"DELETE FROM t", false, {}};
  EXPECT_EQ(match_statement(sent, "shop", {}, logged("DELETE FROM t")), Match::Yes);
  EXPECT_EQ(match_statement(sent, "other", {}, logged("DELETE FROM t")), Match::No);
  LoggedStatement rows = logged("DELETE FROM t");
  rows.schema.clear();
  rows.row_based = true;
  rows.rows.push_back({"shop", "t", 0, 0, 1});
  EXPECT_EQ(match_statement(sent, "shop", {}, rows), Match::Yes);
  // A view of this name may lead there.
  EXPECT_EQ(match_statement(sent, "other", {}, rows), Match::Maybe);
  EXPECT_EQ(match_statement({"DELETE FROM shop.t", false, {}}, "other", {}, rows), Match::No);
  rows.text = "DELETE FROM shop.t";
  EXPECT_EQ(match_statement({"DELETE FROM shop.t", false, {}}, "other", {}, rows), Match::Yes);
}

TEST(StatementMatch, AStatementThatFailedMidwayIsNotSure) {
  LoggedStatement failed = logged("DELETE FROM t");
  failed.error_code = 1062;
  EXPECT_EQ(match_statement({"DELETE FROM t", false, {}}, "shop", {}, failed), Match::Maybe);
}

Match value_match(const Value& value, std::string_view literal, sql::Modes modes = {}) {
  const std::optional<Value> values[] = {value};
  return match_statement({"INSERT INTO t VALUES (?, 1)", true, values}, "shop", modes,
                         logged("INSERT INTO t VALUES (" + std::string(literal) + ", 1)"));
}

TEST(StatementMatch, ParametersAreComparedWithTheLiteralsOfTheLog) {
  using protocol::Date;
  using protocol::DateTime;
  using protocol::Decimal;
  using protocol::Null;
  using protocol::Time;
  struct Case {
    Value value;
    std::string_view literal;
    Match expected;
  };
  const DateTime moment{Date{2024, 2, 29}, 23, 59, 58, 123'456};
  const Case cases[] = {
      {Null{}, "NULL", Match::Yes},
      {Null{}, "0", Match::No},
      {std::int64_t{-5}, "-5", Match::Yes},
      {std::int64_t{5}, "-5", Match::No},
      {std::int64_t{5}, "NULL", Match::No},
      {std::int64_t{5}, "'5'", Match::Maybe},
      {std::int64_t{5}, "5.0", Match::Maybe},
      {std::uint64_t{18446744073709551615u}, "18446744073709551615", Match::Yes},
      {std::int64_t{-1}, "18446744073709551615", Match::No},
      {0.1, "0.1", Match::Yes},
      {0.1, "0.2", Match::No},
      {1.0 / 3, "0.333333", Match::Maybe},
      {Decimal{"12.50"}, "12.50", Match::Yes},
      {Decimal{"12.50"}, "12.5", Match::Maybe},
      {Decimal{"12.50"}, "12.51", Match::No},
      {std::string_view("it's\n\\"), R"('it\'s\n\\')", Match::Yes},
      {std::string_view("a"), "'b'", Match::No},
      {std::string_view("\xC3\xA4"), "'\xE4'", Match::Maybe},
      {Date{2024, 2, 29}, "DATE'2024-02-29'", Match::Yes},
      {Date{2024, 2, 29}, "DATE'2024-02-28'", Match::No},
      {moment, "TIMESTAMP'2024-02-29 23:59:58.123456'", Match::Yes},
      {moment, "TIMESTAMP'2024-02-29 23:59:58'", Match::No},
      {Time{-3'600'000'000}, "TIME'-01:00:00.000000'", Match::Yes},
      {Time{3'600'000'000}, "TIME'-01:00:00'", Match::No},
      {std::int64_t{5}, "f(5)", Match::No},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i)
    EXPECT_EQ(value_match(cases[i].value, cases[i].literal), cases[i].expected)
        << i << ": " << cases[i].literal;
}

TEST(StatementMatch, QuotesAreReadAsTheSessionReadsThem) {
  sql::Modes plain;
  plain.no_backslash_escapes = true;
  EXPECT_EQ(value_match(std::string_view("a'\\"), "'a''\\'", plain), Match::Yes);
  EXPECT_EQ(value_match(std::string_view("a''\\"), "'a''\\'", plain), Match::No);
}

TEST(StatementMatch, AValueThatIsNotKnownMatchesAnyLiteral) {
  const SentStatement sent{"INSERT INTO t VALUES (?)", true, {}};
  EXPECT_NE(match_statement(sent, "shop", {}, logged("INSERT INTO t VALUES ('x')")), Match::No);
  EXPECT_EQ(match_statement(sent, "shop", {}, logged("INSERT INTO t VALUES (a)")), Match::No);
}

TEST(StatementMatch, KindsOfStatements) {
  const auto kind = [](std::string_view text) { return kind_of({text, false, {}}, {}); };
  EXPECT_EQ(kind("SELECT 1"), StatementKind::Read);
  EXPECT_EQ(kind("/* c */ insert INTO t VALUES (1)"), StatementKind::Dml);
  EXPECT_EQ(kind("CREATE TABLE t (a INT)"), StatementKind::AsText);
  EXPECT_EQ(kind("CALL p()"), StatementKind::Anything);
  EXPECT_EQ(kind("DELETE FROM t; DELETE FROM u"), StatementKind::Anything);
  EXPECT_EQ(kind("SET STATEMENT max_statement_time = 1 FOR DELETE FROM t"),
            StatementKind::Anything);
  for (const std::string_view text : {"SHUTDOWN", "RESET MASTER", "STOP SLAVE", "SET GLOBAL a = 1",
                                      "SET @@global.a = 1", "INSTALL SONAME 'x'"})
    EXPECT_EQ(kind(text), StatementKind::Unlogged) << text;
}

}  // namespace
}  // namespace understudy::replication

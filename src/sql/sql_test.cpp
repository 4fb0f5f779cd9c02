#include <gtest/gtest.h>

#include "sql/lexer.h"
#include "sql/session_model.h"
#include "sql/statement.h"

namespace understudy::sql {
namespace {

using namespace std::chrono_literals;

TEST(LexerTest, TokensCarryTheirPlaceAndInside) {
  Lexer lexer("a.`b``c` = 'x''y' -- z\n@@session.v", {});
  const Token name = lexer.next();
  EXPECT_EQ(name.kind, TokenKind::Word);
  EXPECT_EQ(name.text, "a");
  EXPECT_TRUE(lexer.next().is('.'));
  const Token quoted = lexer.next();
  EXPECT_EQ(quoted.kind, TokenKind::QuotedName);
  EXPECT_EQ(quoted.text, "b``c");
  EXPECT_FALSE(quoted.space_before);
  EXPECT_TRUE(lexer.next().is('='));
  const Token text = lexer.next();
  EXPECT_EQ(text.kind, TokenKind::String);
  EXPECT_EQ(text.text, "x''y");
  EXPECT_EQ(text.offset, 11u);
  const Token variable = lexer.next();
  EXPECT_EQ(variable.kind, TokenKind::SystemVariable);
  EXPECT_EQ(variable.text, "session.v");
  EXPECT_TRUE(variable.space_before);
  EXPECT_EQ(lexer.next().kind, TokenKind::End);
  EXPECT_EQ(lexer.next().kind, TokenKind::End);
}

TEST(LexerTest, UnterminatedLiteralsEndTheText) {
  for (const std::string_view text : {"'a", "\"a", "`a", "/* a", "@'a", "'a\\", "x'1"}) {
    Lexer lexer(text, {});
    EXPECT_EQ(lexer.next().kind, TokenKind::Invalid) << text;
    EXPECT_EQ(lexer.next().kind, TokenKind::End) << text;
  }
}

TEST(HintsTest, TheFirstCommentIsRead) {
  const Hints hints =
      classify("/* understudy: bounded(500ms) tag(analytics) server(db2) cache */ SELECT 1").hints;
  EXPECT_EQ(hints.consistency, Consistency::Bounded);
  EXPECT_EQ(hints.max_lag, Duration(500ms));
  EXPECT_EQ(hints.tag, "analytics");
  EXPECT_EQ(hints.server, "db2");
  EXPECT_EQ(hints.cache, true);
  EXPECT_TRUE(hints.unknown.empty());
  EXPECT_EQ(classify("SELECT /*understudy:strong*/ 1").hints.consistency, Consistency::Strong);
}

TEST(HintsTest, SayWhoMayAnswer) {
  const Hints hints = classify("/* understudy: zone(eu-west) replica */ SELECT 1").hints;
  EXPECT_EQ(hints.zone, "eu-west");
  EXPECT_TRUE(hints.replica);
  EXPECT_EQ(classify("/* understudy: replica(db2) */ SELECT 1").hints.unknown, "replica(db2)");
}

TEST(HintsTest, LaterCommentsAndTextAreNot) {
  EXPECT_FALSE(classify("/* a */ SELECT 1 /* understudy: strong */").hints.consistency);
  EXPECT_FALSE(classify("SELECT '/* understudy: strong */'").hints.consistency);
  EXPECT_FALSE(classify("/*! understudy: strong */ SELECT 1").hints.consistency);
}

TEST(HintsTest, UnknownWordsAreRemembered) {
  EXPECT_EQ(classify("/* understudy: stong */ SELECT 1").hints.unknown, "stong");
  EXPECT_EQ(classify("/* understudy: strong bounded(5x) foo */ SELECT 1").hints.unknown,
            "bounded(5x)");
  EXPECT_EQ(classify("/* understudy: tag */ SELECT 1").hints.unknown, "tag");
}

TEST(OwnStatementTest, CarriesItsValue) {
  const Classification set = classify("SET @understudy_token = '0-1-5'");
  EXPECT_EQ(set.own, OwnStatement::SetToken);
  EXPECT_EQ(set.own_value, "0-1-5");
  EXPECT_EQ(classify("SET @understudy_consistency := \"strong\"").own,
            OwnStatement::SetConsistency);
  EXPECT_EQ(classify("SET @understudy_max_lag = '2s'").own, OwnStatement::SetMaxLag);
  EXPECT_EQ(classify("SELECT @understudy_token").own, OwnStatement::SelectToken);
  EXPECT_EQ(classify("SHOW UNDERSTUDY ROUTE").own, OwnStatement::ShowRoute);
}

TEST(OwnStatementTest, MixedWithOthersItIsNot) {
  for (const std::string_view text :
       {"SET @understudy_token = 'a', @b = 1", "SET @understudy_token = CONCAT('a')",
        "SELECT @understudy_token, 1", "SET @understudy_token = 'a'; SELECT 1",
        "SELECT @understudy_token FROM t"})
    EXPECT_EQ(classify(text).own, OwnStatement::None) << text;
}

TEST(EffectsTest, AreTold) {
  const auto has = [](std::string_view text, Effect effect) {
    return classify(text).effects.has(effect);
  };
  EXPECT_TRUE(has("BEGIN", Effect::BeginsTransaction));
  EXPECT_TRUE(has("START TRANSACTION READ ONLY", Effect::BeginsTransaction));
  EXPECT_TRUE(has("COMMIT", Effect::EndsTransaction));
  EXPECT_FALSE(has("COMMIT", Effect::BeginsTransaction));
  EXPECT_TRUE(has("COMMIT AND CHAIN", Effect::BeginsTransaction));
  EXPECT_FALSE(has("ROLLBACK TO s", Effect::EndsTransaction));
  EXPECT_TRUE(has("CREATE TABLE t (a INT)", Effect::EndsTransaction));
  EXPECT_FALSE(has("CREATE TEMPORARY TABLE t (a INT)", Effect::EndsTransaction));
  EXPECT_TRUE(has("SET autocommit = 0", Effect::ChangesAutocommit));
  EXPECT_FALSE(has("SET autocommit = 0", Effect::EndsTransaction));
  EXPECT_TRUE(has("SET @@tx_isolation = 'SERIALIZABLE'", Effect::SetsNextTransaction));
  EXPECT_TRUE(has("COMMIT RELEASE", Effect::EndsSession));
  EXPECT_TRUE(has("ROLLBACK WORK AND NO CHAIN RELEASE", Effect::EndsSession));
  EXPECT_FALSE(has("COMMIT AND CHAIN NO RELEASE", Effect::EndsSession));
  EXPECT_TRUE(has("SHOW WARNINGS", Effect::ReadsSessionResult));
  EXPECT_TRUE(has("SELECT GET_LOCK('a', 1)", Effect::UserLock));
  EXPECT_TRUE(has("SELECT 1; SELECT 2", Effect::MultipleStatements));
  EXPECT_TRUE(has("CALL p()", Effect::UnknownState));
  EXPECT_TRUE(has("SET session_track_state_change = 0", Effect::ChangesTracking));
}

TEST(EffectsTest, WhatSelectsHasRowsThatAreFound) {
  for (const std::string_view text :
       {"SELECT 1", "(SELECT 1)", "INSERT INTO t SELECT 1", "SET @a = (SELECT 1)", "DESCRIBE t",
        "SHOW TABLES", "SHOW GLOBAL VARIABLES LIKE 'a'", "SHOW OPEN TABLES", "SHOW ENGINES",
        "SHOW COUNT(*) WARNINGS", "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT 1; EXPLAIN SELECT 1"})
    EXPECT_TRUE(classify(text).effects.has(Effect::Selects)) << text;
  for (const std::string_view text :
       {"EXPLAIN SELECT 1", "SHOW WARNINGS", "SHOW CREATE TABLE t", "SHOW GRANTS", "CHECK TABLE t",
        "INSERT INTO t VALUES (1) RETURNING a", "SHOW ENGINE innodb STATUS", "SET @a = 1"})
    EXPECT_FALSE(classify(text).effects.has(Effect::Selects)) << text;
}

TEST(TableListTest, TooManyTablesAreTold) {
  std::string text = "SELECT * FROM t0";
  for (int i = 1; i < 20; ++i)
    text += ", t" + std::to_string(i);
  const Classification result = classify(text);
  EXPECT_EQ(result.tables.tables().size(), TableList::kCapacity);
  EXPECT_FALSE(result.tables.complete());
}

TEST(QueryScanTest, DeepParenthesesAreDoubted) {
  const std::string text = "SELECT " + std::string(1000, '(') + "1" + std::string(1000, ')');
  EXPECT_EQ(classify(text).kind, StatementClass::Primary);
}

TEST(ModesTest, FollowTheServersWords) {
  EXPECT_TRUE(modes_of("STRICT_TRANS_TABLES,ANSI_QUOTES").ansi_quotes);
  EXPECT_TRUE(modes_of("ORACLE").ansi_quotes);
  EXPECT_TRUE(modes_of("4").ansi_quotes);
  EXPECT_TRUE(modes_of("NO_BACKSLASH_ESCAPES").no_backslash_escapes);
  EXPECT_EQ(modes_of(""), Modes{});
  EXPECT_TRUE(modes_of("", "gbk").multibyte_quotes);
}

class SessionModelTest : public ::testing::Test {
 protected:
  void run(std::string_view text) { model_.apply(classify(text, model_.modes()), text); }
  StatementClass kind(std::string_view text) { return model_.explain(text).kind; }
  SessionModel model_;
};

TEST_F(SessionModelTest, ReadsInsideATransactionAreForThePrimary) {
  run("BEGIN");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Primary);
  EXPECT_EQ(model_.explain("SELECT 1").reason, "inside a transaction");
  run("COMMIT");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Read);
  run("SET autocommit=0");
  run("COMMIT");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Primary);
  run("SET autocommit=1");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Read);
}

TEST_F(SessionModelTest, PinsHoldUntilTheyEnd) {
  run("LOCK TABLES t READ");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Primary);
  run("UNLOCK TABLES");
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Read);
  run("CREATE TEMPORARY TABLE t (a INT)");
  run("UNLOCK TABLES");
  EXPECT_EQ(model_.explain("SELECT 1").reason, "the session has a temporary table");
  model_.reset();
  EXPECT_EQ(kind("SELECT 1"), StatementClass::Read);
}

TEST_F(SessionModelTest, QuotingFollowsSqlMode) {
  run("SET sql_mode = 'ANSI_QUOTES'");
  EXPECT_TRUE(model_.modes().ansi_quotes);
  EXPECT_EQ(model_.explain("SELECT 1 FROM \"t\"").tables.tables()[0].name, "t");
  run("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
  EXPECT_TRUE(model_.modes().ansi_quotes);
  EXPECT_TRUE(model_.modes().no_backslash_escapes);
  run("SET sql_mode = DEFAULT");
  EXPECT_EQ(model_.modes(), Modes{});
  run("SET NAMES gbk");
  EXPECT_TRUE(model_.modes().multibyte_quotes);
}

TEST_F(SessionModelTest, TheSchemaIsPutBeforeTables) {
  run("USE shop");
  const Classification result = model_.explain("SELECT * FROM a, b.c");
  ASSERT_EQ(result.tables.tables().size(), 2u);
  EXPECT_EQ(result.tables.tables()[0].schema, "shop");
  EXPECT_EQ(result.tables.tables()[1].schema, "b");
  run("USE `mysql`");
  EXPECT_EQ(kind("SELECT * FROM user"), StatementClass::Primary);
}

}  // namespace
}  // namespace understudy::sql

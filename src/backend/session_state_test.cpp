#include "backend/session_state.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

TEST(SessionStateTest, EqualHistoriesInAnotherOrderAreEqual) {
  SessionState a, b;
  a.set_variable("sql_mode", "");
  a.set_variable("time_zone", "+01:00");
  b.set_variable("time_zone", "+02:00");
  b.set_variable("sql_mode", "");
  EXPECT_FALSE(a == b);
  b.set_variable("time_zone", "+01:00");
  EXPECT_TRUE(a == b);
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
}

TEST(SessionStateTest, ChangeSetsWhatDiffersAndResetsWhatIsTooMuch) {
  SessionState from, to;
  from.set_schema("shop");
  from.set_variable("sql_mode", "ANSI");
  from.set_variable("wait_timeout", "5");
  to.set_schema("feed");
  to.set_variable("wait_timeout", "6");
  to.set_variable("time_zone", "Europe/Berlin");
  const SessionState::Change change = SessionState::change(from, to, {});
  EXPECT_EQ(change.schema, "feed");
  ASSERT_EQ(change.statements.size(), 1u);
  EXPECT_EQ(change.statements[0],
            "SET time_zone='Europe/Berlin', wait_timeout=6, sql_mode=DEFAULT");
}

TEST(SessionStateTest, AnEmptyValueIsAValue) {
  SessionState from, to;
  to.set_variable("sql_mode", "");
  EXPECT_EQ(SessionState::change(from, to, {}).statements.at(0), "SET sql_mode=''");
  EXPECT_TRUE(SessionState::change(to, to, {}).empty());
}

TEST(SessionStateTest, UserVariablesRunAgainInOrderAndAreNotTakenFromOthers) {
  SessionState from, to;
  EXPECT_TRUE(to.add_user_variables("SET @a=1"));
  EXPECT_TRUE(to.add_user_variables("SET @b=2"));
  EXPECT_TRUE(to.add_user_variables("SET @a=1"));
  EXPECT_TRUE(SessionState::reachable(from, to));
  EXPECT_FALSE(SessionState::reachable(to, from)) << "another session must not see @a";
  EXPECT_EQ(SessionState::change(from, to, {}).statements,
            (std::vector<std::string>{"SET @b=2", "SET @a=1"}));
}

TEST(SessionStateTest, WhatWouldGrowWithoutBoundIsNotKept) {
  SessionState state;
  const std::string large = "SET @a='" + std::string(SessionState::kReplayBytesMax, 'x') + "'";
  EXPECT_FALSE(state.add_user_variables(large));
  EXPECT_FALSE(state.has_user_variables());
}

TEST(SessionStateTest, ASelectedSchemaCannotBeTakenAway) {
  SessionState from, to;
  from.set_schema("shop");
  EXPECT_FALSE(SessionState::reachable(from, to));
}

TEST(SessionStateTest, WhatTheLoginChoseComesBackByItsValue) {
  SessionState connection;
  connection.set_variable("character_set_client", "latin1");
  connection.set_variable("collation_connection", "latin1_bin");
  const SessionState login = connection.take_login_state();
  EXPECT_EQ(connection, SessionState());
  SessionState from;
  from.set_variable("character_set_client", "utf8mb4");
  from.set_variable("character_set_connection", "utf8mb4");
  from.set_variable("collation_connection", "utf8mb4_bin");
  EXPECT_EQ(SessionState::change(from, SessionState(), login).statements.at(0),
            "SET character_set_client='latin1', character_set_connection=DEFAULT, "
            "collation_connection='latin1_bin'");
}

TEST(SessionStateTest, ACollationIsSetBehindItsCharacterSet) {
  SessionState login, from, to;
  login.set_variable("collation_connection", "utf8mb4_general_ci");
  from.set_variable("character_set_connection", "latin1");
  to.set_variable("collation_connection", "utf8mb4_bin");
  EXPECT_EQ(SessionState::change(from, to, login).statements.at(0),
            "SET character_set_connection=DEFAULT, collation_connection='utf8mb4_bin'");
  EXPECT_EQ(SessionState::change(from, {}, login).statements.at(0),
            "SET character_set_connection=DEFAULT, collation_connection='utf8mb4_general_ci'");
}

TEST(SessionStateTest, ACollationIsSetAgainWithItsCharacterSet) {
  SessionState from, to;
  from.set_variable("collation_connection", "utf8mb4_bin");
  to.set_variable("character_set_connection", "utf8mb4");
  to.set_variable("collation_connection", "utf8mb4_bin");
  EXPECT_EQ(SessionState::change(from, to, {}).statements.at(0),
            "SET character_set_connection='utf8mb4', collation_connection='utf8mb4_bin'");
  EXPECT_EQ(SessionState::change(to, from, {}).statements.at(0),
            "SET character_set_connection=DEFAULT, collation_connection='utf8mb4_bin'");
}

TEST(SessionStateTest, TheSqlModeThatTheLoginChoseComesBackToo) {
  SessionState connection;
  connection.set_variable("sql_mode", "IGNORE_SPACE,STRICT_TRANS_TABLES");
  const SessionState login = connection.take_login_state();
  EXPECT_EQ(connection, SessionState());
  SessionState from;
  from.set_variable("sql_mode", "ANSI_QUOTES");
  EXPECT_EQ(SessionState::change(from, SessionState(), login).statements.at(0),
            "SET sql_mode='IGNORE_SPACE,STRICT_TRANS_TABLES'");
}

TEST(SessionStateTest, WhatTheSchemaDecidesComesBackBySelectingItAgain) {
  SessionState from, to;
  from.set_schema("shop");
  from.set_variable("collation_database", "utf8mb4_bin");
  EXPECT_FALSE(SessionState::reachable(from, to));
  to.set_schema("shop");
  EXPECT_TRUE(SessionState::reachable(from, to));
  const SessionState::Change change = SessionState::change(from, to, {});
  EXPECT_EQ(change.schema, "shop");
  EXPECT_TRUE(change.statements.empty());
}

TEST(SetLiteralTest, FitsEveryTypeOfVariable) {
  EXPECT_EQ(set_literal("100"), "100");
  EXPECT_EQ(set_literal("-1.5"), "-1.5");
  EXPECT_EQ(set_literal("1.2.3"), "'1.2.3'");
  EXPECT_EQ(set_literal("-"), "'-'");
  EXPECT_EQ(set_literal(""), "''");
  EXPECT_EQ(set_literal("it's"), "'it''s'");
  EXPECT_EQ(set_literal("a\\b"), "x'615c62'");
}

}  // namespace
}  // namespace understudy::backend

#include "sql/kill_statement.h"

#include <gtest/gtest.h>

namespace understudy::sql {
namespace {

struct Case {
  const char* text;
  bool query_only;
  bool own;
  std::optional<std::uint64_t> id;
  const char* user;
  const char* host;
};

TEST(KillStatementTest, TargetsAreRead) {
  const Case cases[] = {
      {"KILL 5", false, false, 5, "", ""},
      {"kill query 7;", true, false, 7, "", ""},
      {" /* a */ KILL CONNECTION 0", false, false, 0, "", ""},
      {"KILL HARD QUERY 12", true, false, 12, "", ""},
      {"KILL SOFT 18446744073709551615", false, false, 18446744073709551615U, "", ""},
      {"KILL CONNECTION_ID()", false, true, {}, "", ""},
      {"KILL QUERY connection_id ( )", true, true, {}, "", ""},
      {"KILL USER app", false, false, {}, "app", ""},
      {"KILL QUERY USER 'app'@'10.%'", true, false, {}, "app", "10.%"},
      {"KILL USER `app`@localhost", false, false, {}, "app", "localhost"},
      {"KILL USER CURRENT_USER()", false, true, {}, "", ""},
  };
  for (const Case& wanted : cases) {
    const auto kill = parse_kill(wanted.text, {});
    ASSERT_TRUE(kill) << wanted.text;
    EXPECT_EQ(kill->query_only, wanted.query_only) << wanted.text;
    EXPECT_EQ(kill->own, wanted.own) << wanted.text;
    EXPECT_EQ(kill->id, wanted.id) << wanted.text;
    EXPECT_EQ(kill->user, wanted.user) << wanted.text;
    EXPECT_EQ(kill->host, wanted.host) << wanted.text;
  }
}

TEST(KillStatementTest, WhatNamesNoConnectionIsNotRead) {
  for (const char* text : {"KILL", "KILL @x", "KILL 1+1", "KILL -1", "KILL QUERY ID 5", "KILL 1.5",
                           "KILL 99999999999999999999", "KILL 5 6", "KILL USER", "SELECT 5", ""})
    EXPECT_FALSE(parse_kill(text, {})) << text;
}

}  // namespace
}  // namespace understudy::sql

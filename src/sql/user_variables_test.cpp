#include "sql/user_variables.h"

#include <gtest/gtest.h>

namespace understudy::sql {
namespace {

TEST(UserVariablesTest, OnlyTheyAreLeft) {
  struct Case {
    std::string_view text, alone;
  };
  for (const Case& item : {
           Case{"SET @a = 1", "SET @a = 1"},
           Case{"SET @a = 'x,y', SESSION sql_mode = 'ANSI_QUOTES', @b := -2;",
                "SET @a = 'x,y', @b := -2"},
           Case{"set sql_mode='', @`c d`=_utf8mb4'x' /* c */ ", "SET @`c d`=_utf8mb4'x'"},
           Case{"SET time_zone = IF(1, '+00:00', @x), autocommit = 1", ""},
           Case{"SET", ""},
           Case{"", ""},
       })
    EXPECT_EQ(user_variables_alone(item.text, {}), item.alone) << item.text;
}

}  // namespace
}  // namespace understudy::sql

#include "cache/rules.h"

#include <gtest/gtest.h>

namespace understudy::cache {
namespace {

TEST(LikeTest, PercentIsAnyTextAndUnderscoreOneCharacter) {
  const LikePattern pattern("SELECT % FROM t_ WHERE %");
  EXPECT_TRUE(pattern.matches("SELECT a, b FROM t1 WHERE id = 5"));
  EXPECT_TRUE(pattern.matches("SELECT a FROM x FROM t2 WHERE id = 5"));
  EXPECT_TRUE(pattern.matches("SELECT a FROM t\xc3\xa4 WHERE x")) << "a character of two bytes";
  EXPECT_FALSE(pattern.matches("SELECT a FROM t WHERE x"));
  EXPECT_FALSE(pattern.matches("SELECT a FROM t12 WHERE x"));
  EXPECT_TRUE(LikePattern("%").matches(""));
  EXPECT_FALSE(LikePattern("_").matches(""));
  EXPECT_TRUE(LikePattern("%a%b%").matches("xxaxxbxxabx"));
  EXPECT_FALSE(LikePattern("%ab").matches("abac"));
}

TEST(LikeTest, CaseAndWhiteSpaceDoNotCount) {
  const LikePattern pattern(" select *\n from T ");
  EXPECT_TRUE(pattern.matches("SELECT  *\t\tFROM t\n"));
  EXPECT_FALSE(pattern.matches("SELECT *FROM t"));
}

TEST(LikeTest, ABackslashMakesTheNextOneLiteral) {
  EXPECT_TRUE(LikePattern("a\\%b\\_").matches("a%b_"));
  EXPECT_FALSE(LikePattern("a\\%b").matches("axb"));
  EXPECT_TRUE(LikePattern("a\\").matches("a\\"));
}

TEST(LikeTest, AnyBytesAreATextThatMayNotMatch) {
  const std::string_view bytes("\x00\xff\x80", 3);
  EXPECT_TRUE(LikePattern("%").matches(bytes));
  EXPECT_FALSE(LikePattern("a_").matches(bytes));
}

class RulesTest : public testing::Test {
 protected:
  Choice choose(std::vector<sql::TableName> tables, bool hint = false) {
    return Rules(cache_).choose({tables, "shop", user_, text_, hint});
  }

  config::Cache cache_;
  std::string user_ = "web";
  std::string text_ = "SELECT * FROM product WHERE id = 1";
};

TEST_F(RulesTest, NothingIsCachedUnlessChosen) {
  const Choice choice = choose({{"shop", "product"}});
  EXPECT_FALSE(choice.cache);
  EXPECT_EQ(choice.because, Because::NothingChosen);
  EXPECT_TRUE(choose({{"shop", "product"}}, true).cache);
}

TEST_F(RulesTest, AllTablesHaveToBeChosen) {
  cache_.tables = {"shop.product", "blog.*"};
  EXPECT_TRUE(choose({{"shop", "product"}}).cache);
  EXPECT_TRUE(choose({{"", "product"}, {"blog", "post"}}).cache) << "the session's schema";
  EXPECT_EQ(choose({{"shop", "product"}, {"shop", "user"}}).because, Because::OtherTables);
  EXPECT_FALSE(choose({{"shop", "Product"}}).cache) << "as written";
  EXPECT_FALSE(choose({}).cache) << "no table at all";
}

TEST_F(RulesTest, AStarStandsForEverything) {
  cache_.tables = {"*"};
  EXPECT_TRUE(choose({{"any", "thing"}}).cache);
  EXPECT_TRUE(choose({}).cache);
}

TEST_F(RulesTest, TheFirstRuleThatMatchesDecides) {
  cache_.tables = {"*"};
  cache_.rules = {{{"shop.user"}, {}, "", false},
                  {{}, {"report"}, "", false},
                  {{}, {}, "select * from product %", true},
                  {{}, {}, "", false}};
  const Choice by_text = choose({{"shop", "product"}});
  EXPECT_TRUE(by_text.cache);
  EXPECT_EQ(by_text.rule, 3U);
  EXPECT_EQ(to_string(by_text), "rule 3 of the configuration matches");
  EXPECT_EQ(choose({{"shop", "user"}}).rule, 1U);
  user_ = "report";
  EXPECT_EQ(choose({{"shop", "product"}}).rule, 2U);
  user_ = "web";
  text_ = "SELECT 1";
  EXPECT_EQ(choose({{"shop", "product"}}).rule, 4U);
}

TEST_F(RulesTest, TheHintWinsOverRulesAndTables) {
  cache_.rules = {{{}, {}, "", false}};
  const Choice choice = choose({{"shop", "product"}}, true);
  EXPECT_TRUE(choice.cache);
  EXPECT_EQ(choice.because, Because::Hint);
}

TEST_F(RulesTest, ARuleNamesAllThatHasToMatch) {
  cache_.rules = {{{"shop.*"}, {"web"}, "SELECT %", true}};
  EXPECT_TRUE(choose({{"shop", "product"}}).cache);
  EXPECT_FALSE(choose({{"shop", "product"}, {"blog", "post"}}).cache);
  user_ = "other";
  EXPECT_FALSE(choose({{"shop", "product"}}).cache);
}

}  // namespace
}  // namespace understudy::cache

#include "sql/classifier.h"

#include <gtest/gtest.h>

#include <string>

#include "same_classification.h"
#include "sql_corpus.h"

namespace understudy::sql {
namespace {

std::string shape_of(std::string_view text, const Modes& modes = {}) {
  Shape shape;
  return shape.read(text, modes) ? std::string(shape.text()) : "none";
}

TEST(ShapeTest, LeavesOutValuesAndNothingElse) {
  EXPECT_EQ(shape_of("SELECT c FROM t1 WHERE id=50 AND n='it''s' LIMIT 7"),
            "SELECT c FROM t1 WHERE id=0 AND n='' LIMIT 0");
  EXPECT_EQ(shape_of("SELECT 1.5, 2., '\\'' , -3"), "SELECT 0, 0, '' , -0");
  EXPECT_EQ(shape_of("SELECT `a 'b' 5`, a5b, $5 FROM `t`"), "SELECT `a 'b' 5`, a5b, $5 FROM `t`");
  EXPECT_EQ(shape_of("SELECT '\\', n", {.no_backslash_escapes = true}), "SELECT '', n");
  EXPECT_EQ(shape_of("SELECT 'z\xc3\xbcrich'"), "SELECT ''");
}

TEST(ShapeTest, WhatIsNotPlainHasNone) {
  for (const std::string_view text :
       {"SELECT 1e5", "SELECT 0x1F", "SELECT 1a", "SELECT t.5", "SELECT .5", "SELECT 1.2.3",
        "SELECT x'1F'", "SELECT N'a'", "SELECT \"a\"", "SELECT @a", "SELECT 1;", "SELECT 1 # a",
        "SELECT 1 -- a", "SELECT 1/2", "SELECT /* a */ 1", "SELECT 'a", "SELECT `a", "SELECT 'a\\'",
        "SELECT \xc3\xbc"})
    EXPECT_EQ(shape_of(text), "none") << text;
  EXPECT_EQ(shape_of("SELECT 'a'", {.multibyte_quotes = true}), "none");
  EXPECT_EQ(shape_of("SELECT " + std::string(Shape::kBytesMax, 'a')), "none");
  std::string list = "SELECT 1";
  for (std::size_t i = 0; i < Shape::kLiteralsMax; ++i)
    list += ",1";
  EXPECT_EQ(shape_of(list), "none");
}

TEST(ShapeTest, KnowsWhereThingsAre) {
  Shape shape;
  const std::string_view text = "INSERT INTO a VALUES ('long text', 12345) -t";
  ASSERT_TRUE(shape.read(text, {}));
  for (const char wanted : {'a', '(', ',', ')', 't'}) {
    const std::size_t there = shape.text().rfind(wanted);
    EXPECT_EQ(shape.offset_in_text(there), text.rfind(wanted)) << wanted;
    EXPECT_EQ(shape.offset_in_shape(text.rfind(wanted)), there) << wanted;
  }
}

Classification classify_by(Classifier& classifier, std::string_view text, const Modes& modes = {}) {
  Classification what;
  classifier.classify(text, modes, what);
  return what;
}

// Also who has seen the statement with other values.
TEST(ClassifierTest, SaysWhatClassifySays) {
  std::size_t with_shape = 0;
  for (const CorpusLine& line : load_corpus("statements.tsv", 5)) {
    const std::string text = unescape_corpus(line.fields[3]);
    const Classification expected = classify(text, line.modes);
    const std::string shape = shape_of(text, line.modes);
    Classifier classifier(1);
    if (shape != "none") {
      ++with_shape;
      EXPECT_EQ(shape_of(shape, line.modes), shape);
      for (int i = 0; i < 3; ++i)
        classify_by(classifier, shape, line.modes);
    }
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(test::difference(classify_by(classifier, text, line.modes), expected), "") << text;
  }
  EXPECT_GT(with_shape, 100U);
}

TEST(ClassifierTest, NamesAreThoseOfTheText) {
  Classifier classifier;
  for (int i = 0; i < 5; ++i) {
    const std::string text = "DELETE FROM s.t USING s.t JOIN u ON 'x" + std::string(i * 3UL, 'x') +
                             "' = t.a JOIN v WHERE v.n = " + std::to_string(i * 1000);
    const Classification what = classify_by(classifier, text);
    EXPECT_EQ(test::difference(what, classify(text)), "");
    for (const TableName& table : what.tables.tables())
      EXPECT_TRUE(table.name.data() > text.data() && table.name.data() < text.data() + text.size());
  }
}

TEST(ClassifierTest, StatementsTakeTurnsInOnePlace) {
  Classifier classifier(1);
  for (int i = 0; i < 20; ++i) {
    for (const std::string_view text : {"SELECT 1 FROM a", "UPDATE b SET c = 1", ""}) {
      for (int times = 0; times < 1 + i % 4; ++times)
        EXPECT_EQ(test::difference(classify_by(classifier, text), classify(text)), "") << text;
    }
  }
}

}  // namespace
}  // namespace understudy::sql

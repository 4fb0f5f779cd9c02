#include "replication/table_definition.h"

#include <gmock/gmock.h>

#include "replication/column_type_text.h"

namespace understudy::replication {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ColumnTypeText, IsParsed) {
  EXPECT_EQ(parse_column_type("int(10) unsigned").value(),
            (ColumnTypeText{"int", {10}, {}, true, false}));
  EXPECT_EQ(parse_column_type("int(10) unsigned ").value(),
            (ColumnTypeText{"int", {10}, {}, true, false}));
  EXPECT_EQ(parse_column_type("decimal(10,2)").value(),
            (ColumnTypeText{"decimal", {10, 2}, {}, false, false}));
  EXPECT_EQ(parse_column_type("bigint(20) unsigned zerofill").value(),
            (ColumnTypeText{"bigint", {20}, {}, true, false}));
  EXPECT_EQ(parse_column_type("enum('a','it''s, (b)')").value(),
            (ColumnTypeText{"enum", {}, {"a", "it's, (b)"}, false, false}));
  EXPECT_EQ(parse_column_type("varchar(100) /*M!100301 COMPRESSED*/").value(),
            (ColumnTypeText{"varchar", {100}, {}, false, true}));
  EXPECT_EQ(parse_column_type("json").value(), (ColumnTypeText{"json", {}, {}, false, false}));
}

TEST(ColumnTypeText, RefusesWhatIsNone) {
  for (const char* text : {"", "(1)", "int(", "enum('a", "enum('a' 'b')", "decimal(x)"})
    EXPECT_FALSE(parse_column_type(text).ok()) << text;
}

ColumnDefinition defined(std::string name, std::string type, std::string set = {},
                         std::uint32_t key = 0) {
  ColumnDefinition column;
  column.name = std::move(name);
  column.type = std::move(type);
  column.character_set = std::move(set);
  column.key_position = key;
  return column;
}

TableFormat logged(std::vector<ColumnFormat> columns) {
  return {"shop", "item", std::move(columns)};
}

// INT, VARCHAR(20) of utf8mb4, ENUM, BINARY(16) as logs without metadata have them.
const TableFormat kItem =
    logged({{3, 0, false}, {15, 80, true}, {254, 0xf701, true}, {254, 0xfe10, true}});

TEST(TableDefinition, SaysWhatTheLogDoesNot) {
  const TableDefinition definition{
      "shop",
      "item",
      {defined("id", "int(10) unsigned", "", 2), defined("name", "varchar(20)", "utf8mb4", 1),
       defined("size", "enum('s','m')", "latin1"), defined("tag", "uuid")}};
  const Result<TableFormat> table = complete(kItem, definition);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->columns[0].name, "id");
  EXPECT_EQ(table->columns[0].is_unsigned, true);
  EXPECT_EQ(table->columns[1].character_set, CharacterSet::Utf8);
  EXPECT_THAT(table->columns[2].members, ElementsAre("s", "m"));
  EXPECT_EQ(table->columns[3].form, BinaryForm::Uuid);
  EXPECT_THAT(*table->primary_key, ElementsAre(KeyPart{1, 0}, KeyPart{0, 0}));
}

std::string misfit(const TableFormat& format, std::vector<ColumnDefinition> columns) {
  const Result<TableFormat> table = complete(format, {"shop", "item", std::move(columns)});
  return table.ok() ? "fits" : table.error().message;
}

TEST(TableDefinition, MustFit) {
  EXPECT_THAT(misfit(kItem, {defined("id", "int(11)")}), HasSubstr("1 columns, the log 4"));
  const TableFormat one = logged({{3, 0, false}});
  EXPECT_THAT(misfit(one, {defined("id", "bigint(20)")}), HasSubstr("column 1 (id) is bigint(20)"));
  EXPECT_THAT(misfit(one, {defined("id", "strange")}), HasSubstr("is strange"));
  const TableFormat text = logged({{15, 80, true}});
  EXPECT_EQ(misfit(text, {defined("t", "varchar(20)", "utf8mb4")}), "fits");
  EXPECT_THAT(misfit(text, {defined("t", "varchar(21)", "utf8mb4")}), HasSubstr("varchar(21)"));
  EXPECT_THAT(misfit(text, {defined("t", "varchar(20)", "latin1")}), HasSubstr("varchar(20)"));
  const TableFormat number = logged({{246, 0x0a02, true}});
  EXPECT_EQ(misfit(number, {defined("n", "decimal(10,2)")}), "fits");
  EXPECT_THAT(misfit(number, {defined("n", "decimal(10,3)")}), HasSubstr("decimal(10,3)"));
}

TEST(TableDefinition, MustNotContradictTheLog) {
  TableFormat one = logged({{3, 0, false}});
  one.columns[0].name = "id";
  one.columns[0].is_unsigned = true;
  EXPECT_EQ(misfit(one, {defined("id", "int unsigned")}), "fits");
  EXPECT_THAT(misfit(one, {defined("id", "int")}), HasSubstr("another sign"));
  EXPECT_THAT(misfit(one, {defined("number", "int unsigned")}), HasSubstr("another name"));
}

TEST(TableDefinition, TellsTheLengthOfOldTimes) {
  const TableFormat old = logged({{12, 0, true}});
  const Result<TableFormat> table = complete(old, {"shop", "item", {defined("at", "datetime")}});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->columns[0].old_digits, std::uint8_t{0});
}

}  // namespace
}  // namespace understudy::replication

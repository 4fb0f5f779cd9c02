#include "backend/shared_cache.h"

#include <gtest/gtest.h>

#include <array>

#include "backend/cache_fill.h"
#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/text_result.h"

namespace understudy::backend {
namespace {

using cache::Mark;

class DependenciesTest : public ::testing::Test {
 protected:
  void know(std::string_view schema, std::string_view table, std::vector<std::string> key) {
    auto facts = std::make_shared<TableFacts>();
    for (std::size_t i = 0; i < key.size(); ++i)
      facts->key.push_back({std::move(key[i]), i, false});
    const TableCatalogue::Name name(schema, table);
    (void)tables_.find(schema, table);
    tables_.put(name, std::move(facts));
  }
  DependencyResult of(std::string_view text) {
    what_ = sql::classify(text);
    EXPECT_EQ(what_.cache_obstacle, "");
    Command command;
    command.text = text;
    command.what = &what_;
    return dependencies_of(command, "shop", {}, tables_);
  }
  DependencyResult of(std::string_view text, std::span<const protocol::Value> parameters) {
    what_ = sql::classify(text);
    statement_.parameter_count = static_cast<std::uint16_t>(parameters.size());
    packets_.clear();
    protocol::append_stmt_execute(packets_, 1, parameters);
    Command command;
    command.kind = CommandKind::Execute;
    command.packets = packets_;
    command.text = text;
    command.what = &what_;
    command.statement = &statement_;
    return dependencies_of(command, "shop", {}, tables_);
  }

  static std::vector<Mark> row(std::uint64_t key) {
    return {cache::schema_mark("shop"), cache::whole_table("shop", "t"),
            cache::row_of("shop", "t", std::array{key})};
  }
  static std::vector<Mark> table(std::string_view name) {
    return {cache::schema_mark("shop"), cache::rows_of("shop", name)};
  }

  TableCatalogue tables_;
  sql::Classification what_;
  PreparedStatement statement_;
  Bytes packets_;
};

TEST_F(DependenciesTest, AnUnknownTableIsAskedForOnce) {
  EXPECT_FALSE(of("SELECT * FROM t").found);
  EXPECT_FALSE(of("SELECT * FROM t").found);
  EXPECT_EQ(tables_.take_wanted(10), (std::vector<TableCatalogue::Name>{{"shop", "t"}}));
  EXPECT_TRUE(tables_.take_wanted(10).empty());
}

TEST_F(DependenciesTest, ATableWithAnObstacleIsNotCached) {
  (void)tables_.find("shop", "v");
  auto facts = std::make_shared<TableFacts>();
  facts->obstacle = "it reads a view";
  tables_.put({"shop", "v"}, std::move(facts));
  const DependencyResult result = of("SELECT * FROM v");
  EXPECT_FALSE(result.found);
  EXPECT_EQ(result.why, NotCached::NoPlainTable);
}

TEST_F(DependenciesTest, AWholeKeyIsOneRow) {
  know("shop", "t", {"id"});
  EXPECT_EQ(of("SELECT * FROM t WHERE id = 7").found->marks, row(7));
}

TEST_F(DependenciesTest, NamesOfColumnsAreFoundInAnyCase) {
  know("shop", "t", {"Id"});
  EXPECT_EQ(of("SELECT * FROM shop.t WHERE iD = 7 AND x > 3").found->marks, row(7));
}

TEST_F(DependenciesTest, APartOfTheKeyIsTheWholeTable) {
  know("shop", "t", {"a", "b"});
  EXPECT_EQ(of("SELECT * FROM t WHERE a = 7").found->marks, table("t"));
  const std::array<std::uint64_t, 2> key{7, static_cast<std::uint64_t>(-8)};
  EXPECT_EQ(of("SELECT * FROM t WHERE b = -8 AND a = 7").found->marks.back(),
            cache::row_of("shop", "t", key));
}

TEST_F(DependenciesTest, AJoinDependsOnBothTables) {
  know("shop", "t", {"id"});
  know("shop", "u", {"id"});
  std::vector<Mark> both = table("t");
  for (const Mark mark : table("u"))
    both.push_back(mark);
  EXPECT_EQ(of("SELECT * FROM t JOIN u ON t.id = u.id WHERE t.id = 7").found->marks, both);
}

TEST_F(DependenciesTest, ParametersPinRowsWhateverTheirType) {
  know("shop", "t", {"id"});
  constexpr std::string_view kRead = "SELECT * FROM t WHERE id = ?";
  using protocol::Value;
  EXPECT_EQ(of(kRead, std::array{Value(std::int64_t{7})}).found->marks, row(7));
  EXPECT_EQ(of(kRead, std::array{Value(7.0)}).found->marks, row(7));
  EXPECT_EQ(of(kRead, std::array{Value(std::string_view("7"))}).found->marks, row(7));
  EXPECT_EQ(of(kRead, std::array{Value(7.5)}).found->marks, table("t"));
  EXPECT_EQ(of(kRead, std::array{Value(std::string_view("7 "))}).found->marks, table("t"));
  EXPECT_EQ(of(kRead, std::array{Value(std::string_view("07"))}).found->marks, table("t"));
  EXPECT_EQ(of(kRead, std::array{Value(protocol::Null{})}).found->marks, table("t"));
}

TEST(CacheFillTest, CountsTheRowsOfAnAnswer) {
  for (const std::uint32_t capabilities : {protocol::kProtocol41 | 0u, protocol::kDeprecateEof}) {
    for (const std::uint64_t rows : {0u, 1u, 5u}) {
      std::uint8_t sequence = 1;
      protocol::TextResultBuilder builder(capabilities, sequence);
      const std::array<std::string_view, 2> names{"a", "b"};
      builder.columns(names, 0);
      for (std::uint64_t i = 0; i < rows; ++i) {
        const std::array<std::string_view, 2> values{"1", ""};
        builder.row(values);
      }
      EXPECT_EQ(count_rows(std::move(builder).finish(0), capabilities), rows);
    }
  }
}

}  // namespace
}  // namespace understudy::backend

#include "feed/request.h"

#include <gtest/gtest.h>

namespace understudy::feed {
namespace {

TEST(RequestTest, EveryParameterIsRead) {
  const auto request = parse_request(
      "tables=shop.products,%60odd.name%60.t&columns=id,products.price&where=price+%3E%3D+10&by=row"
      "&from=0-1-5~0-1-6:3",
      "");
  ASSERT_TRUE(request.ok()) << request.error().message;
  const Selection& selection = request->selection;
  EXPECT_EQ(selection.tables, (std::vector<TableId>{{"odd.name", "t"}, {"shop", "products"}}));
  EXPECT_EQ(selection.columns,
            (std::vector<ColumnName>{{"", "", "id"}, {"", "products", "price"}}));
  ASSERT_EQ(selection.where.size(), 1u);
  EXPECT_EQ(selection.by, Unit::Row);
  EXPECT_EQ(request->start.kind, Start::Kind::After);
  EXPECT_EQ(to_string(request->start.after), "0-1-5~0-1-6:3");
}

TEST(RequestTest, TheLastEventIdCountsMoreThanFrom) {
  const auto request = parse_request("tables=a.b&from=earliest", "0-1-9");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(to_string(request->start.after), "0-1-9");
  EXPECT_EQ(parse_request("tables=a.b&from=earliest", "")->start.kind, Start::Kind::Earliest);
  EXPECT_EQ(parse_request("tables=a.b", "")->start.kind, Start::Kind::Now);
}

TEST(RequestTest, WhatIsWrongIsSaid) {
  for (const char* query :
       {"", "tables=", "tables=products", "tables=a.b.c", "tables=a.b&tables=a.c",
        "tables=a.b&form=1", "tables=a.b&by=second", "tables=a.b&from=yesterday",
        "tables=a.b&where=x", "tables=a.%zz", "tables=a.b&columns=c.id", "tables=a.b&where=c.id=1",
        "tables=a.b,", "tables=`a.b", "tables=a.b%2"}) {
    EXPECT_FALSE(parse_request(query, "").ok()) << query;
  }
}

TEST(RequestTest, EqualSelectionsAndOnlyTheyHaveTheSameText) {
  const auto text = [](const char* query) {
    return to_string(parse_request(query, "")->selection);
  };
  EXPECT_EQ(text("tables=a.b,c.d&where=x=1"), text("where=x%20%3D%201&tables=c.d,a.b,a.b"));
  EXPECT_NE(text("tables=a.b&columns=x"), text("tables=a.b&where=x+IS+NULL"));
  EXPECT_NE(text("tables=a.b&where=x=1"), text("tables=a.b&where=x='1'"));
  EXPECT_NE(text("tables=a.b&where=x=1+AND+y=2"), text("tables=a.b&where=y=2+AND+x=1"));
  EXPECT_NE(text("tables=a.b"), text("tables=a.b&by=row"));
}

TEST(RequestTest, NamesAreQuotedForTheServers) {
  EXPECT_EQ(quoted_name("a`b"), "`a``b`");
}

}  // namespace
}  // namespace understudy::feed

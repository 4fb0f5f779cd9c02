#include "proxy/statement_table.h"

#include <gtest/gtest.h>

#include "protocol/packet.h"

namespace understudy::proxy {
namespace {

TEST(StatementTextsTest, ATextIsKeptOnceForAllWhoPrepareIt) {
  StatementTexts texts;
  StatementTable one(texts), other(texts);
  const ClientStatement* const first = one.add("SELECT 1", {});
  const ClientStatement* const second = other.add("SELECT 1", {});
  EXPECT_EQ(first->text.get(), second->text.get());
  EXPECT_EQ(texts.size(), 1u);
  EXPECT_EQ(first->text->what.kind, sql::StatementClass::Read);
}

TEST(StatementTextsTest, HowATextIsReadMakesItAnother) {
  StatementTexts texts;
  const auto plain = texts.get("SELECT \"f\"()", {});
  const auto quoted = texts.get("SELECT \"f\"()", {.ansi_quotes = true});
  EXPECT_NE(plain, quoted);
  EXPECT_EQ(texts.get("SELECT \"f\"()", {.ansi_quotes = true}), quoted);
}

TEST(StatementTextsTest, WhatNobodyUsesDoesNotGrow) {
  StatementTexts texts;
  const auto used = texts.get("SELECT 'used'", {});
  for (int i = 0; i < 100'000; ++i)
    (void)texts.get("SELECT " + std::to_string(i), {});
  EXPECT_LE(texts.size(), StatementTexts::kUnusedMin);
  EXPECT_EQ(texts.get("SELECT 'used'", {}), used);
}

TEST(StatementTextsTest, WhatIsUsedStays) {
  StatementTexts texts;
  StatementTable table(texts);
  for (int i = 0; i < 10'000; ++i)
    ASSERT_NE(table.add("SELECT " + std::to_string(i), {}), nullptr);
  EXPECT_EQ(texts.size(), 10'000u);
  table.clear();
  for (int i = 0; i < 10'001; ++i)
    (void)texts.get("SELECT -" + std::to_string(i), {});
  EXPECT_LE(texts.size(), 10'001u);
}

TEST(StatementTableTest, AClientHasAsManyAsAServerGrants) {
  StatementTexts texts;
  StatementTable table(texts);
  for (std::size_t i = 0; i < StatementTable::kStatementsMax; ++i)
    ASSERT_NE(table.add("SELECT 1", {}), nullptr);
  EXPECT_EQ(table.add("SELECT 1", {}), nullptr);
  table.remove(1);
  const ClientStatement* const next = table.add("SELECT 1", {});
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->id, StatementTable::kStatementsMax + 1) << "ids are not given twice";
  EXPECT_EQ(table.find(1), nullptr);
}

}  // namespace
}  // namespace understudy::proxy

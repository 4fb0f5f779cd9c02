#include "feed/statement_effect.h"

#include <gtest/gtest.h>

namespace understudy::feed {
namespace {

using Kind = StatementEffect::Kind;

const std::vector<TableId> kWanted{{"shop", "orders"}, {"shop", "products"}, {"other", "orders"}};

Kind kind_of(const char* text, const char* schema = "shop") {
  return effect_of(text, schema, kWanted).kind;
}

TEST(StatementEffectTest, DefinitionsOfWantedTablesAreFound) {
  for (const char* text :
       {"ALTER TABLE products ADD c INT", "DROP TABLE IF EXISTS `x`,`products` /* generated */",
        "RENAME TABLE tmp TO products", "CREATE TABLE shop.products (a INT)", "TRUNCATE products",
        "CREATE INDEX i ON products (a)", "alter table x rename to PRODUCTS", "DROP DATABASE shop",
        "CREATE OR REPLACE TABLE products LIKE x"}) {
    EXPECT_EQ(kind_of(text), Kind::Definition) << text;
  }
  const StatementEffect effect = effect_of("ALTER TABLE orders ADD c INT", "other", kWanted);
  EXPECT_EQ(effect.tables, (std::vector<TableId>{{"other", "orders"}}));
  EXPECT_EQ(effect_of("DROP SCHEMA shop", "shop", kWanted).tables.size(), 2u);
}

TEST(StatementEffectTest, OtherStatementsAreNot) {
  for (const char* text : {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "ALTER TABLE x ADD c INT",
                           "ANALYZE TABLE products", "CREATE TABLE x LIKE products",
                           "CREATE TEMPORARY TABLE products (a INT)", "FLUSH TABLES",
                           "CREATE FUNCTION f() RETURNS INT RETURN 1",
                           "INSERT INTO x SELECT * FROM products", "DROP DATABASE x", ""}) {
    EXPECT_EQ(kind_of(text, "elsewhere"), Kind::None) << text;
  }
}

TEST(StatementEffectTest, ChangesAsTextAreTold) {
  for (const char* text :
       {"INSERT INTO products VALUES (1)", "UPDATE shop.products SET a = 1", "DELETE FROM products",
        "REPLACE products VALUES (1)", "UPDATE x JOIN products USING (id) SET products.a = 1"}) {
    EXPECT_EQ(kind_of(text), Kind::Rows) << text;
  }
}

TEST(StatementEffectTest, ChangesOfRightsAreTold) {
  for (const char* text :
       {"GRANT SELECT ON shop.* TO a", "REVOKE SELECT ON shop.products FROM a", "DROP USER a",
        "ALTER USER a IDENTIFIED BY 'x'", "SET PASSWORD FOR a = ''", "RENAME USER a TO b",
        "CREATE ROLE r", "SET DEFAULT ROLE r FOR a"}) {
    EXPECT_EQ(kind_of(text), Kind::Rights) << text;
  }
}

}  // namespace
}  // namespace understudy::feed

#include "catalog.h"

#include <algorithm>
#include <stdexcept>

namespace catalog {

void Catalog::create() {
  for (const char* const table : {"delivery", "sale", "stock", "product"})
    cluster_.write(std::string("DROP TABLE IF EXISTS ") + table);
  cluster_.write(
      "CREATE TABLE product (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
      "name VARCHAR(120) NOT NULL, description TEXT NOT NULL, price DECIMAL(10,2) NOT NULL, "
      "FULLTEXT (name, description)) CHARACTER SET utf8mb4");
  cluster_.write(
      "CREATE TABLE stock (product BIGINT UNSIGNED PRIMARY KEY, pieces INT UNSIGNED NOT NULL, "
      "sold BIGINT UNSIGNED NOT NULL DEFAULT 0, KEY (sold), "
      "FOREIGN KEY (product) REFERENCES product (id))");
  for (const char* const table : {"sale", "delivery"}) {
    cluster_.write(std::string("CREATE TABLE ") + table +
                   " (receipt CHAR(32) CHARACTER SET ascii PRIMARY KEY, "
                   "product BIGINT UNSIGNED NOT NULL, quantity INT UNSIGNED NOT NULL, "
                   "time TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, "
                   "FOREIGN KEY (product) REFERENCES product (id))");
  }
}

Answer<std::uint64_t> Catalog::add(const Product& product, std::uint32_t pieces) {
  auto added = cluster_.transaction([&](understudy::Transaction& transaction) {
    const auto result =
        transaction.execute("INSERT INTO product (name, description, price) VALUES (?, ?, ?)",
                            product.name, product.description, product.price);
    transaction.execute("INSERT INTO stock (product, pieces) VALUES (?, 0)",
                        result.last_insert_id());
    return Answer<std::uint64_t>{result.last_insert_id(), result.server(), result.staleness()};
  });
  if (pieces > 0) visit().restock(added.value, pieces);
  return added;
}

void Catalog::reduce_prices(std::vector<std::uint64_t> products, std::uint32_t percent) {
  if (percent > 100) throw std::invalid_argument("prices fall by 0 to 100 percent");
  // Always in the same order: two sales at once wait for each other instead of locking up.
  std::sort(products.begin(), products.end());
  cluster_.transaction([&](understudy::Transaction& transaction) {
    for (const std::uint64_t product : products) {
      transaction.execute("UPDATE product SET price = price * ? / 100 WHERE id = ?", 100 - percent,
                          product);
    }
  });
}

std::vector<Product> Catalog::all() {
  std::vector<Product> products;
  for (const auto& row :
       cluster_.read("SELECT id, name, description, price FROM product ORDER BY id")) {
    products.push_back({row.get<std::uint64_t>("id"), row.get<std::string>("name"),
                        row.get<std::string>("description"),
                        row.get<understudy::Decimal>("price")});
  }
  return products;
}

Stock Catalog::stock(std::uint64_t product) {
  const auto result = cluster_.read({understudy::Consistency::Strong},
                                    "SELECT pieces, sold FROM stock WHERE product = ?", product);
  return {product, result[0].get<std::uint32_t>("pieces"), result[0].get<std::uint64_t>("sold")};
}

Totals Catalog::totals() {
  // One statement sees one state.
  const auto result =
      cluster_.read({understudy::Consistency::Strong},
                    "SELECT CAST((SELECT COALESCE(SUM(quantity), 0) FROM delivery) AS UNSIGNED), "
                    "CAST((SELECT COALESCE(SUM(quantity), 0) FROM sale) AS UNSIGNED), "
                    "CAST((SELECT COALESCE(SUM(pieces), 0) FROM stock) AS UNSIGNED)");
  return {result[0].get<std::uint64_t>(0), result[0].get<std::uint64_t>(1),
          result[0].get<std::uint64_t>(2)};
}

}  // namespace catalog

#include "catalog.h"

#include <algorithm>

namespace catalog {
namespace {

std::vector<Product> products_of(const understudy::QueryResult& result) {
  std::vector<Product> products;
  for (const understudy::Row& row : result) {
    products.push_back({row.get<std::uint64_t>("id"), row.get<std::string>("name"),
                        row.get<std::string>("description"), row.get<understudy::Decimal>("price"),
                        row.get<std::uint32_t>("stock")});
  }
  return products;
}

}  // namespace

void Catalog::create() {
  cluster_.write("DROP TABLE IF EXISTS sale");
  cluster_.write("DROP TABLE IF EXISTS product");
  cluster_.write(
      "CREATE TABLE product (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
      "name VARCHAR(120) NOT NULL, description TEXT NOT NULL, price DECIMAL(10,2) NOT NULL, "
      "stock INT UNSIGNED NOT NULL, FULLTEXT (name, description)) CHARACTER SET utf8mb4");
  cluster_.write(
      "CREATE TABLE sale (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, "
      "product BIGINT UNSIGNED NOT NULL, quantity INT UNSIGNED NOT NULL, "
      "FOREIGN KEY (product) REFERENCES product (id))");
}

Answer<std::uint64_t> Catalog::add(const Product& product) {
  const auto result =
      cluster_.write("INSERT INTO product (name, description, price, stock) VALUES (?, ?, ?, ?)",
                     product.name, product.description, product.price, product.stock);
  return {result.last_insert_id(), result.server()};
}

Answer<std::vector<Product>> Catalog::search(std::string_view words) {
  const auto result = cluster_.read(
      "SELECT id, name, description, price, stock FROM product "
      "WHERE MATCH (name, description) AGAINST (?) "
      "ORDER BY MATCH (name, description) AGAINST (?) DESC, id LIMIT 50",
      words, words);
  return {products_of(result), result.server()};
}

Answer<Sale> Catalog::sell(std::uint64_t product, std::uint32_t quantity) {
  return cluster_.transaction([&](understudy::Transaction& transaction) -> Answer<Sale> {
    // One statement looks and takes, so that no other buyer comes between.
    const auto taken =
        transaction.execute("UPDATE product SET stock = stock - ? WHERE id = ? AND stock >= ?",
                            quantity, product, quantity);
    if (taken.affected_rows() == 0) {
      const bool exists =
          !transaction.execute("SELECT id FROM product WHERE id = ?", product).empty();
      return {exists ? Sale::OutOfStock : Sale::NoSuchProduct, taken.server()};
    }
    transaction.execute("INSERT INTO sale (product, quantity) VALUES (?, ?)", product, quantity);
    return {Sale::Sold, taken.server()};
  });
}

Answer<std::vector<BestSeller>> Catalog::best_sellers(std::uint32_t count) {
  const auto result = cluster_.read(
      "SELECT product.name, CAST(SUM(sale.quantity) AS UNSIGNED) AS sold FROM sale "
      "JOIN product ON product.id = sale.product GROUP BY product.id, product.name "
      "ORDER BY sold DESC, product.id LIMIT ?",
      count);
  std::vector<BestSeller> best;
  for (const understudy::Row& row : result)
    best.push_back({row.get<std::string>("name"), row.get<std::uint64_t>("sold")});
  return {std::move(best), result.server()};
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
  return products_of(
      cluster_.read("SELECT id, name, description, price, stock FROM product ORDER BY id"));
}

}  // namespace catalog

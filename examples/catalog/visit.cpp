#include <cctype>
#include <random>
#include <stdexcept>

#include "catalog.h"

namespace catalog {
namespace {

using understudy::QueryResult;
using understudy::Row;
using understudy::Transaction;

template <typename T>
Answer<T> answer(T value, const QueryResult& result) {
  return {std::move(value), result.server(), result.staleness()};
}

Product product_of(const Row& row) {
  return {row.get<std::uint64_t>("id"), row.get<std::string>("name"),
          row.get<std::string>("description"), row.get<understudy::Decimal>("price")};
}

bool in_words(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return std::isalnum(byte) != 0 || byte >= 0x80;
}

// "desk la" as "+desk* +la*": each word has to begin a word of the product.
std::string beginnings(std::string_view words) {
  std::string query;
  bool inside = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    // The index takes O'Brien for one word.
    const bool joins = words[i] == '\'' && inside && i + 1 < words.size() && in_words(words[i + 1]);
    const bool part = joins || in_words(words[i]);
    if (part && !inside) query += '+';
    if (part) query += words[i];
    if (!part && inside) query += "* ";
    inside = part;
  }
  if (inside) query += '*';
  return query;
}

// Nobody else has the same.
std::string new_receipt() {
  std::random_device random;
  std::string receipt;
  while (receipt.size() < 32)
    receipt += "0123456789abcdef"[random() % 16];
  return receipt;
}

}  // namespace

Visit::Visit(understudy::Session session, std::string_view token) : session_(std::move(session)) {
  if (token.empty()) return;
  try {
    session_.set_token(token);
  } catch (const std::invalid_argument&) {
    // Of another cluster, or no token at all: this visitor has not done anything here.
  }
}

Answer<std::vector<Product>> Visit::search(std::string_view words) {
  const std::string query = beginnings(words);
  const QueryResult result =
      query.empty()
          ? session_.read("SELECT id, name, description, price FROM product ORDER BY id LIMIT 60")
          : session_.read(
                "SELECT id, name, description, price FROM product "
                "WHERE MATCH (name, description) AGAINST (? IN BOOLEAN MODE) "
                "ORDER BY MATCH (name, description) AGAINST (? IN BOOLEAN MODE) DESC, id LIMIT 60",
                query, query);
  std::vector<Product> products;
  for (const Row& row : result)
    products.push_back(product_of(row));
  return answer(std::move(products), result);
}

Answer<std::optional<Product>> Visit::product(std::uint64_t id) {
  const auto result =
      session_.read("SELECT id, name, description, price FROM product WHERE id = ?", id);
  std::optional<Product> found;
  if (!result.empty()) found = product_of(result[0]);
  return answer(std::move(found), result);
}

Answer<std::vector<Stock>> Visit::stock(const std::vector<std::uint64_t>& products) {
  if (products.empty()) return {};
  std::string sql = "SELECT product, pieces, sold FROM stock WHERE product IN (?";
  for (std::size_t i = 1; i < products.size(); ++i)
    sql += ", ?";
  const auto result = session_.run_read(std::nullopt, sql + ") ORDER BY product",
                                        {products.begin(), products.end()});
  std::vector<Stock> stock;
  for (const Row& row : result) {
    stock.push_back({row.get<std::uint64_t>("product"), row.get<std::uint32_t>("pieces"),
                     row.get<std::uint64_t>("sold")});
  }
  return answer(std::move(stock), result);
}

Answer<std::vector<BestSeller>> Visit::best_sellers(std::uint32_t count) {
  const auto result = session_.read(
      "SELECT stock.product, product.name, stock.sold FROM stock "
      "JOIN product ON product.id = stock.product WHERE stock.sold > 0 "
      "ORDER BY stock.sold DESC, stock.product LIMIT ?",
      count);
  std::vector<BestSeller> best;
  for (const Row& row : result) {
    best.push_back({row.get<std::uint64_t>("product"), row.get<std::string>("name"),
                    row.get<std::uint64_t>("sold")});
  }
  return answer(std::move(best), result);
}

Answer<Sale> Visit::sell(std::uint64_t product, std::uint32_t quantity) {
  const std::string receipt = new_receipt();
  return once("sale", receipt, Answer<Sale>{Sale::Sold, {}, {}}, [&](Transaction& transaction) {
    // One statement looks and takes, so that no other buyer comes between.
    const auto taken = transaction.execute(
        "UPDATE stock SET pieces = pieces - ?, sold = sold + ? WHERE product = ? AND pieces >= ?",
        quantity, quantity, product, quantity);
    if (taken.affected_rows() == 0) {
      const bool exists =
          !transaction.execute("SELECT product FROM stock WHERE product = ?", product).empty();
      return answer(exists ? Sale::OutOfStock : Sale::NoSuchProduct, taken);
    }
    transaction.execute("INSERT INTO sale (receipt, product, quantity) VALUES (?, ?, ?)", receipt,
                        product, quantity);
    return answer(Sale::Sold, taken);
  });
}

Answer<bool> Visit::restock(std::uint64_t product, std::uint32_t quantity) {
  const std::string receipt = new_receipt();
  return once("delivery", receipt, Answer<bool>{true, {}, {}}, [&](Transaction& transaction) {
    const auto put = transaction.execute("UPDATE stock SET pieces = pieces + ? WHERE product = ?",
                                         quantity, product);
    if (put.affected_rows() == 0) return answer(false, put);
    transaction.execute("INSERT INTO delivery (receipt, product, quantity) VALUES (?, ?, ?)",
                        receipt, product, quantity);
    return answer(true, put);
  });
}

// The library repeats a transaction when it is known that nothing took effect. When the primary
// dies while it commits, that may not be known: the next one is asked for the receipt.
template <typename Result, typename Body>
Result Visit::once(std::string_view table, const std::string& receipt, Result done, Body body) {
  constexpr int kAttempts = 5;
  const std::string find = "SELECT receipt FROM " + std::string(table) + " WHERE receipt = ?";
  for (int attempt = 1;; ++attempt) {
    try {
      return session_.transaction([&](Transaction& transaction) -> Result {
        if (attempt > 1) {
          // FOR UPDATE: waits for the first try, should it still be under way.
          const auto found = transaction.execute(find + " FOR UPDATE", receipt);
          done.server = found.server();
          if (!found.empty()) return done;
        }
        return body(transaction);
      });
    } catch (const understudy::DatabaseError& error) {
      if (!error.maybe_executed() || attempt == kAttempts) throw;
    }
  }
}

}  // namespace catalog

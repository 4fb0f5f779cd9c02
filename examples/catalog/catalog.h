#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <understudy/cluster.h>

// A shop's products. What changes with every sale (the stock) is kept apart from what is searched
// (names, descriptions, prices), so that the answers of searches stay in the cache.
namespace catalog {

struct Product {
  std::uint64_t id = 0;
  std::string name;
  std::string description;
  understudy::Decimal price;
};

struct Stock {
  std::uint64_t product = 0;
  std::uint32_t pieces = 0;
  std::uint64_t sold = 0;
};

struct BestSeller {
  std::uint64_t product = 0;
  std::string name;
  std::uint64_t sold = 0;
};

template <typename T>
struct Answer {
  T value;
  std::string server;                                  // which answered, or "cache"
  std::optional<std::chrono::milliseconds> staleness;  // how old the answer is at most, if known
};

enum class Sale { Sold, OutOfStock, NoSuchProduct };

// What became of all pieces; delivered = sold + left.
struct Totals {
  std::uint64_t delivered = 0;
  std::uint64_t sold = 0;
  std::uint64_t left = 0;
};

// One visitor's look at the shop: shows what this visitor has done, and what others did as soon as
// it has arrived where the answer comes from. One call at a time. Throws understudy::DatabaseError.
class Visit {
 public:
  // `token`: of an earlier visit, which this one goes on; one that cannot be used is ignored.
  explicit Visit(understudy::Session session, std::string_view token = "");

  // By the beginnings of words in name and description, best match first; all, if there is no word.
  Answer<std::vector<Product>> search(std::string_view words);
  Answer<std::optional<Product>> product(std::uint64_t id);
  // In the order of the products; without those that there are none of.
  Answer<std::vector<Stock>> stock(const std::vector<std::uint64_t>& products);
  Answer<std::vector<BestSeller>> best_sellers(std::uint32_t count);

  // Takes `quantity` from the stock and records the sale, or does neither.
  Answer<Sale> sell(std::uint64_t product, std::uint32_t quantity);
  // Whether there is such a product.
  Answer<bool> restock(std::uint64_t product, std::uint32_t quantity);

  std::string token() { return session_.token(); }

 private:
  // Runs `body(transaction)`, which writes `receipt` into `table`, so that it takes effect once.
  template <typename Result, typename Body>
  Result once(std::string_view table, const std::string& receipt, Result done, Body body);

  understudy::Session session_;
};

// The shop as those see it who run it. Thread-safe. Throws understudy::DatabaseError.
class Catalog {
 public:
  explicit Catalog(understudy::Cluster cluster) : cluster_(std::move(cluster)) {}

  // Creates the tables; what was in them is gone.
  void create();
  // The id of the new product.
  Answer<std::uint64_t> add(const Product& product, std::uint32_t pieces);
  // Makes all these products cheaper by `percent`, or none of them.
  void reduce_prices(std::vector<std::uint64_t> products, std::uint32_t percent);
  // All products by id.
  std::vector<Product> all();
  // As it is at this moment, whoever changed it. Throws std::out_of_range for no such product.
  Stock stock(std::uint64_t product);
  Totals totals();

  Visit visit(std::string_view token = "") { return Visit(cluster_.session(), token); }

 private:
  understudy::Cluster cluster_;
};

}  // namespace catalog

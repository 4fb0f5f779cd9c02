#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <understudy/cluster.h>

namespace catalog {

struct Product {
  std::uint64_t id = 0;
  std::string name;
  std::string description;
  understudy::Decimal price;
  std::uint32_t stock = 0;
};

struct BestSeller {
  std::string name;
  std::uint64_t sold = 0;
};

template <typename T>
struct Answer {
  T value;
  std::string server;  // which answered
};

enum class Sale { Sold, OutOfStock, NoSuchProduct };

// Products and their sales in a cluster. Thread-safe. Throws understudy::DatabaseError.
class Catalog {
 public:
  explicit Catalog(understudy::Cluster cluster) : cluster_(std::move(cluster)) {}

  // Creates the tables; what was in them is gone.
  void create();
  Answer<std::uint64_t> add(const Product& product);
  // By words of the name and description, best match first.
  Answer<std::vector<Product>> search(std::string_view words);
  // Takes `quantity` from the stock and records the sale, or does neither.
  Answer<Sale> sell(std::uint64_t product, std::uint32_t quantity);
  Answer<std::vector<BestSeller>> best_sellers(std::uint32_t count);
  // Makes all these products cheaper by `percent`, or none of them.
  void reduce_prices(std::vector<std::uint64_t> products, std::uint32_t percent);
  // All products by id.
  std::vector<Product> all();

 private:
  understudy::Cluster cluster_;
};

}  // namespace catalog

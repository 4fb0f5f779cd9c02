#include "flash_sale.h"

#include <atomic>
#include <iostream>
#include <thread>

namespace catalog {
namespace {

constexpr int kBuyers = 1000;
constexpr int kAtOnce = 50;
constexpr std::uint32_t kPieces = 10;

struct Outcome {
  std::atomic<int> asked{0};
  std::atomic<std::uint32_t> sold{0};
  std::atomic<int> failed{0};
};

void buy(Catalog& shop, std::uint64_t wanted, Outcome& outcome) {
  while (outcome.asked.fetch_add(1) < kBuyers) {
    try {
      if (shop.visit().sell(wanted, 1).value == Sale::Sold) ++outcome.sold;
    } catch (const understudy::DatabaseError& error) {
      ++outcome.failed;
      std::cerr << error.what() << "\n";
    }
  }
}

}  // namespace

int flash_sale(Catalog& shop, std::uint32_t percent) {
  const std::uint64_t wanted =
      shop.add({0, "Limited lamp", "Only ten of them", {"99.00"}}, kPieces).value;
  std::vector<std::uint64_t> products;
  for (const Product& product : shop.all())
    products.push_back(product.id);
  Outcome outcome;
  std::vector<std::thread> buyers;
  buyers.reserve(kAtOnce);
  for (int i = 0; i < kAtOnce; ++i)
    buyers.emplace_back([&] { buy(shop, wanted, outcome); });
  shop.reduce_prices(products, percent);
  for (std::thread& buyer : buyers)
    buyer.join();
  const std::uint32_t left = shop.stock(wanted).pieces;
  std::cout << products.size() << " products are " << percent << " percent cheaper; " << kBuyers
            << " buyers asked for " << kPieces << " pieces: " << outcome.sold << " sold, " << left
            << " left, " << outcome.failed << " errors\n";
  return outcome.failed == 0 && outcome.sold + left == kPieces ? 0 : 1;
}

}  // namespace catalog

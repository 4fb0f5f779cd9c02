#include <atomic>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "catalog.h"

namespace {

using catalog::Catalog;
using catalog::Sale;

std::string environment(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

std::uint32_t number(const std::string& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("'" + text + "' is not a number that fits here");
  }
  return value;
}

std::string to_text(Sale sale) {
  switch (sale) {
    case Sale::Sold:
      return "sold";
    case Sale::OutOfStock:
      return "out of stock";
    case Sale::NoSuchProduct:
      return "no such product";
  }
  return "";
}

// Every product gets cheaper in one transaction while a thousand buyers ask for the last ten of
// one.
int flash_sale(Catalog& shop, std::uint32_t percent) {
  constexpr int kBuyers = 1000;
  constexpr std::uint32_t kPieces = 10;
  const std::uint64_t wanted =
      shop.add({0, "Limited lamp", "Only ten of them", {"99.00"}, kPieces}).value;
  std::vector<std::uint64_t> products;
  for (const catalog::Product& product : shop.all())
    products.push_back(product.id);
  std::atomic<int> next{0};
  std::atomic<int> sold{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> buyers;
  for (int i = 0; i < 50; ++i) {
    buyers.emplace_back([&] {
      while (next.fetch_add(1) < kBuyers) {
        try {
          if (shop.sell(wanted, 1).value == Sale::Sold) ++sold;
        } catch (const understudy::DatabaseError& error) {
          ++failed;
          std::cerr << error.what() << "\n";
        }
      }
    });
  }
  shop.reduce_prices(products, percent);
  for (std::thread& buyer : buyers)
    buyer.join();
  std::uint32_t left = 0;
  for (const catalog::Product& product : shop.all()) {
    if (product.id == wanted) left = product.stock;
  }
  std::cout << products.size() << " products are " << percent << " percent cheaper; " << kBuyers
            << " buyers asked for " << kPieces << " pieces: " << sold << " sold, " << left
            << " left, " << failed << " errors\n";
  return failed == 0 && sold + static_cast<int>(left) == static_cast<int>(kPieces) ? 0 : 1;
}

int run(Catalog& shop, const std::vector<std::string>& words) {
  const std::string& command = words[0];
  if (command == "create" && words.size() == 1) {
    shop.create();
  } else if (command == "add" && words.size() == 5) {
    const auto added = shop.add({0, words[1], words[2], {words[3]}, number(words[4])});
    std::cout << "product " << added.value << "  (" << added.server << ")\n";
  } else if (command == "search" && words.size() == 2) {
    const auto found = shop.search(words[1]);
    for (const catalog::Product& product : found.value) {
      std::cout << product.id << "  " << product.name << "  " << product.price.text << "  "
                << product.stock << " left\n";
    }
    std::cout << found.value.size() << " found  (" << found.server << ")\n";
  } else if (command == "sell" && words.size() == 3) {
    const auto sale = shop.sell(number(words[1]), number(words[2]));
    std::cout << to_text(sale.value) << "  (" << sale.server << ")\n";
    return sale.value == Sale::Sold ? 0 : 1;
  } else if (command == "best" && words.size() == 2) {
    const auto best = shop.best_sellers(number(words[1]));
    for (const catalog::BestSeller& product : best.value)
      std::cout << product.sold << "  " << product.name << "\n";
    std::cout << best.value.size() << " products  (" << best.server << ")\n";
  } else if (command == "flash-sale" && words.size() == 2) {
    return flash_sale(shop, number(words[1]));
  } else {
    std::cerr << "catalog: '" << command << "' is not understood; see README.md\n";
    return 2;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: catalog CONFIG create | add NAME DESCRIPTION PRICE STOCK | search WORDS | "
                 "sell ID QUANTITY | best COUNT | flash-sale PERCENT\n";
    return 2;
  }
  try {
    Catalog shop(understudy::Cluster::from_file(arguments[1], environment("CATALOG_USER", "app"),
                                                environment("CATALOG_PASSWORD", "app"),
                                                environment("CATALOG_SCHEMA", "catalog")));
    return run(shop, std::vector<std::string>(arguments + 2, arguments + count));
  } catch (const std::exception& error) {
    std::cerr << "catalog: " << error.what() << "\n";
    return 1;
  }
}

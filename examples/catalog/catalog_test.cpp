#include "catalog.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <thread>

namespace catalog {
namespace {

using understudy::Cluster;

// Real servers, named by UNDERSTUDY_TEST_CONFIG.
class CatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("UNDERSTUDY_TEST_CONFIG");
    if (path == nullptr) GTEST_SKIP() << "UNDERSTUDY_TEST_CONFIG is not set";
    Cluster::from_file(path, "app", "app", "").write("CREATE DATABASE IF NOT EXISTS catalog_test");
    shop_.emplace(Cluster::from_file(path, "app", "app", "catalog_test"));
    shop_->create();
  }

  Catalog& shop() { return *shop_; }
  std::uint64_t add(const std::string& name, const std::string& description, const char* price,
                    std::uint32_t pieces) {
    return shop().add({0, name, description, {price}}, pieces).value;
  }

  // Whoever has just bought that sees all that was written before.
  Visit visitor_who_sees(std::uint64_t product) {
    Visit visit = shop().visit();
    EXPECT_EQ(visit.sell(product, 1).value, Sale::Sold);
    return visit;
  }

  std::optional<Catalog> shop_;
};

TEST_F(CatalogTest, FindsByTheBeginningsOfWords) {
  add("Desk lamp", "Warm light for late work", "39.90", 25);
  add("Chair", "Goes well with a desk", "120.00", 4);
  const std::uint64_t mug = add("O'Brien's mug", "Holds tea; -- and more", "9.50", 80);
  Visit visit = visitor_who_sees(mug);
  EXPECT_EQ(visit.search("desk").value.size(), 2u);
  EXPECT_EQ(visit.search("de wa").value.size(), 1u);
  EXPECT_EQ(visit.search(" -- \"").value.size(), 3u);
  const auto mugs = visit.search("o'br").value;
  ASSERT_EQ(mugs.size(), 1u);
  EXPECT_EQ(mugs[0].name, "O'Brien's mug");
  EXPECT_EQ(mugs[0].price.text, "9.50");
  EXPECT_TRUE(visit.search("bicycle").value.empty());
}

TEST_F(CatalogTest, SellsNoMoreThanThereIs) {
  const std::uint64_t lamp = add("Lamp", "", "39.90", 5);
  Visit visit = shop().visit();
  EXPECT_EQ(visit.sell(lamp, 3).value, Sale::Sold);
  EXPECT_EQ(visit.stock({lamp}).value.at(0).pieces, 2u);
  EXPECT_EQ(visit.sell(lamp, 3).value, Sale::OutOfStock);
  EXPECT_EQ(visit.sell(lamp, 2).value, Sale::Sold);
  EXPECT_EQ(visit.sell(lamp + 1, 1).value, Sale::NoSuchProduct);
  EXPECT_FALSE(visit.restock(lamp + 1, 1).value);
  EXPECT_EQ(shop().stock(lamp).pieces, 0u);
}

TEST_F(CatalogTest, AVisitGoesOnByItsToken) {
  const std::uint64_t lamp = add("Lamp", "", "39.90", 5);
  Visit first = shop().visit();
  for (std::uint32_t left = 5; left > 0; --left) {
    EXPECT_EQ(first.sell(lamp, 1).value, Sale::Sold);
    EXPECT_EQ(shop().visit(first.token()).stock({lamp}).value.at(0).pieces, left - 1);
  }
  EXPECT_NO_THROW(shop().visit("no token"));
}

TEST_F(CatalogTest, EveryPieceIsAccountedFor) {
  const std::uint64_t lamp = add("Lamp", "", "39.90", 5);
  Visit visit = shop().visit();
  visit.sell(lamp, 2);
  visit.restock(lamp, 10);
  const Totals totals = shop().totals();
  EXPECT_EQ(totals.delivered, 15u);
  EXPECT_EQ(totals.sold, 2u);
  EXPECT_EQ(totals.left, 13u);
}

TEST_F(CatalogTest, RanksBestSellers) {
  const std::uint64_t lamp = add("Lamp", "", "39.90", 50);
  const std::uint64_t chair = add("Chair", "", "120.00", 50);
  Visit visit = shop().visit();
  visit.sell(lamp, 2);
  visit.sell(chair, 3);
  visit.sell(lamp, 4);
  const auto best = visit.best_sellers(10).value;
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].name, "Lamp");
  EXPECT_EQ(best[0].sold, 6u);
  EXPECT_EQ(visit.best_sellers(1).value.size(), 1u);
}

TEST_F(CatalogTest, AThousandBuyersGetTheLastTenDuringAFlashSale) {
  std::vector<std::uint64_t> products;
  products.reserve(30);
  for (int i = 0; i < 30; ++i)
    products.push_back(add("Lamp " + std::to_string(i), "", "10.00", 10));
  const std::uint64_t wanted = products[15];
  std::atomic<int> next{0};
  std::atomic<int> sold{0};
  std::vector<std::thread> buyers;
  buyers.reserve(40);
  for (int i = 0; i < 40; ++i) {
    buyers.emplace_back([&] {
      while (next.fetch_add(1) < 1000) {
        if (shop().visit().sell(wanted, 1).value == Sale::Sold) ++sold;
      }
    });
  }
  shop().reduce_prices(products, 40);
  for (std::thread& buyer : buyers)
    buyer.join();
  EXPECT_EQ(sold.load(), 10);
  EXPECT_EQ(shop().stock(wanted).pieces, 0u);
  for (const Product& product : shop().all())
    EXPECT_EQ(product.price.text, "6.00") << product.name;
  EXPECT_EQ(shop().stock(wanted).sold, 10u);
}

}  // namespace
}  // namespace catalog

#include "load.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

namespace catalog {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> over{false};

constexpr const char* kWords[] = {"lamp",  "desk", "oak", "wool", "warm", "chair",
                                  "shelf", "tea",  "",    "cup",  "li",   "small"};

// One visitor after another, on one thread.
class Visitors {
 public:
  Visitors(Catalog& shop, std::uint64_t seed) : shop_(shop), random_(seed) {}

  void run(Clock::duration pause) {
    Clock::time_point next = Clock::now();
    while (!over) {
      std::this_thread::sleep_until(next);
      next = std::max(next + pause, Clock::now() - std::chrono::seconds(1));
      const auto began = Clock::now();
      try {
        step();
        took_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
      } catch (const understudy::DatabaseError& error) {
        ++errors;
        std::cerr << error.what() << (error.maybe_executed() ? " (outcome unknown)" : "") << "\n";
        visit_.reset();
      }
    }
  }

  std::vector<double> took_ms;
  std::uint64_t errors = 0;
  std::uint64_t stale = 0;
  std::uint64_t sold = 0;

 private:
  // Of ten operations two sell, one shows the best sellers, the others look around.
  void step() {
    const auto choice = random_() % 10;
    if (!visit_ || random_() % 50 == 0) come_in();
    if (choice < 2 && !found_.empty()) {
      buy(found_[random_() % found_.size()]);
    } else if (choice == 2) {
      visit_->best_sellers(5);
    } else if (choice < 7 || found_.empty()) {
      search();
    } else {
      visit_->stock(found_);
    }
  }

  void come_in() {
    visit_.emplace(shop_.visit());
    found_.clear();
  }

  void search() {
    found_.clear();
    for (const Product& product : visit_->search(kWords[random_() % std::size(kWords)]).value)
      found_.push_back(product.id);
    if (found_.size() > 12) found_.resize(12);
  }

  std::uint64_t sold_of(std::uint64_t product) { return visit_->stock({product}).value.at(0).sold; }

  void buy(std::uint64_t product) {
    const std::uint64_t before = sold_of(product);
    const auto sale = visit_->sell(product, 1);
    if (sale.value == Sale::OutOfStock) visit_->restock(product, 25);
    if (sale.value != Sale::Sold) return;
    ++sold;
    if (sold_of(product) <= before) ++stale;
  }

  Catalog& shop_;
  std::minstd_rand random_;
  std::optional<Visit> visit_;
  std::vector<std::uint64_t> found_;
};

// Ends the load: after the time, or by SIGTERM.
void wait_for_the_end(unsigned seconds) {
  const auto until = Clock::now() + std::chrono::seconds(seconds);
  while (!over && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  over = true;
}

int report(Catalog& shop, const std::vector<Visitors>& all, double seconds) {
  std::vector<double> took_ms;
  std::uint64_t errors = 0, stale = 0, sold = 0;
  for (const Visitors& each : all) {
    took_ms.insert(took_ms.end(), each.took_ms.begin(), each.took_ms.end());
    errors += each.errors;
    stale += each.stale;
    sold += each.sold;
  }
  std::sort(took_ms.begin(), took_ms.end());
  const auto percentile = [&](std::size_t percent) {
    if (took_ms.empty()) return 0.0;
    return std::round(took_ms[(took_ms.size() - 1) * percent / 100] * 100) / 100;
  };
  const Totals totals = shop.totals();
  const nlohmann::ordered_json line{
      {"operations", took_ms.size()},
      {"per_second", std::round(static_cast<double>(took_ms.size()) / seconds)},
      {"p50_ms", percentile(50)},
      {"p95_ms", percentile(95)},
      {"p99_ms", percentile(99)},
      {"longest_ms", percentile(100)},
      {"errors", errors},
      {"stale", stale},
      {"sold", sold},
      {"delivered", totals.delivered},
      {"sales", totals.sold},
      {"left", totals.left},
  };
  std::cout << line.dump() << "\n";
  return errors == 0 && stale == 0 && totals.delivered == totals.sold + totals.left ? 0 : 1;
}

}  // namespace

int run_load(Catalog& shop, const Load& load) {
  std::signal(SIGTERM, [](int) { over = true; });
  std::signal(SIGINT, [](int) { over = true; });
  Clock::duration pause{0};
  if (load.rate > 0)
    pause = std::chrono::nanoseconds(std::chrono::seconds(load.threads)) / load.rate;
  std::vector<Visitors> visitors;
  for (unsigned i = 0; i < load.threads; ++i)
    visitors.emplace_back(shop, i + 1);
  std::vector<std::thread> threads;
  threads.reserve(visitors.size());
  const auto began = Clock::now();
  for (Visitors& each : visitors)
    threads.emplace_back([&each, pause] { each.run(pause); });
  wait_for_the_end(load.seconds);
  for (std::thread& each : threads)
    each.join();
  return report(shop, visitors, std::chrono::duration<double>(Clock::now() - began).count());
}

}  // namespace catalog

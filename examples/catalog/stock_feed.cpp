#include "stock_feed.h"

#include <iostream>

namespace catalog {
namespace {

// A primary that was killed may have told of a change that no other server has.
constexpr std::uint16_t kPositionGone = 1236;

std::uint64_t number(const understudy::ChangedRow& row, std::string_view column) {
  const understudy::Value* const value = row.get(column);
  return value != nullptr ? understudy::from_value<std::uint64_t>(*value) : 0;
}

nlohmann::json to_json(const understudy::ChangedTransaction& transaction) {
  nlohmann::json stock = nlohmann::json::array();
  for (const understudy::Change& change : transaction.changes) {
    if (change.kind == understudy::ChangeKind::Delete) continue;
    stock.push_back({{"product", number(change.after, "product")},
                     {"pieces", number(change.after, "pieces")},
                     {"sold", number(change.after, "sold")}});
  }
  return stock;
}

}  // namespace

StockFeed::StockFeed(understudy::Cluster cluster, std::string table)
    : cluster_(std::move(cluster)), table_(std::move(table)) {
  const std::lock_guard lock(mutex_);
  subscribe();
}

StockFeed::~StockFeed() {
  if (subscription_) subscription_->cancel();
}

void StockFeed::add(const std::shared_ptr<web::EventStream>& stream) {
  const std::lock_guard lock(mutex_);
  if (over_) subscribe();
  listeners_.add(stream);
}

void StockFeed::subscribe() {
  subscription_.reset();
  subscription_.emplace(cluster_.subscribe(
      table_, "now",
      [this](const understudy::ChangedTransaction& transaction) {
        listeners_.send("stock", to_json(transaction));
      },
      // Pages whose stream ends come again, and see everything anew.
      [this](const understudy::DatabaseError& error) {
        if (error.code() != kPositionGone) std::cerr << "catalog: " << error.what() << "\n";
        const std::lock_guard lock(mutex_);
        over_ = true;
        listeners_.close_all();
      }));
  over_ = false;
}

}  // namespace catalog

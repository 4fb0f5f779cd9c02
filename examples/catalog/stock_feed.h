#pragma once

#include <mutex>
#include <optional>
#include <string>

#include <understudy/cluster.h>

#include "web/listeners.h"

namespace catalog {

// Tells the pages that listen what becomes of the stock, whoever buys: from the change feed.
// Thread-safe.
class StockFeed {
 public:
  // `table`: "schema.stock".
  StockFeed(understudy::Cluster cluster, std::string table);
  ~StockFeed();
  StockFeed(const StockFeed&) = delete;
  StockFeed& operator=(const StockFeed&) = delete;

  // Events `stock`: [{product, pieces, sold}, ...], what one transaction changed. Throws
  // DatabaseError.
  void add(const std::shared_ptr<web::EventStream>& stream);

 private:
  void subscribe();

  understudy::Cluster cluster_;
  const std::string table_;
  web::Listeners listeners_;
  std::mutex mutex_;
  bool over_ = true;                                      // guarded by mutex_
  std::optional<understudy::Subscription> subscription_;  // guarded by mutex_
};

}  // namespace catalog

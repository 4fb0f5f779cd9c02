#pragma once

#include <string>

#include "catalog.h"

namespace catalog {

struct Serving {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: a free one
  std::string pages;
  std::string shared_pages;
};

// Shows the shop's pages until SIGINT or SIGTERM. `stock_table`: "schema.stock".
void serve(const understudy::Cluster& cluster, const std::string& stock_table,
           const Serving& serving);

}  // namespace catalog

#pragma once

#include <string>

#include "catalog.h"
#include "web/site.h"

namespace catalog {

// Shows the shop's pages until SIGINT or SIGTERM. `stock_table`: "schema.stock".
void serve(const understudy::Cluster& cluster, const std::string& stock_table,
           const web::Serving& serving);

}  // namespace catalog

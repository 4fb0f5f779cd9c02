#pragma once

#include <string>

#include <understudy/cluster.h>

#include "web/site.h"

namespace social {

// The pages and their API, until SIGINT or SIGTERM; prints where they are. `schema` has the tables.
void serve(const understudy::Cluster& cluster, const std::string& schema,
           const web::Serving& serving);

}  // namespace social

#pragma once

#include <string>

#include <understudy/cluster.h>

namespace social {

struct Serving {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: a free one
  std::string pages;
  std::string shared_pages;
};

// The pages and their API, until SIGINT or SIGTERM; prints where they are. `schema` has the tables.
void serve(const understudy::Cluster& cluster, const std::string& schema, const Serving& serving);

}  // namespace social

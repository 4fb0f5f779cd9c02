#pragma once

#include <cstdint>
#include <string>

#include <understudy/cluster.h>

namespace social {

struct LoadOptions {
  int seconds = 30;
  std::uint32_t threads = 16;  // visitors at once
  std::uint64_t seed = 1;
  std::string only;  // one of Visitor::kActions; empty: all of them, each as often as people do it
};

// Lets the people that seed() made use the network, until the time is over or SIGTERM comes, then
// looks whether everything that they were told is so. Prints one line of JSON: how much, how
// quickly, and what was wrong. Returns whether nothing was: no error, no post lost or missing to
// its author, no reaction or comment miscounted.
bool load(const understudy::Cluster& cluster, const LoadOptions& options);

}  // namespace social

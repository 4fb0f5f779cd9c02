#pragma once

#include <cstdint>

#include <understudy/cluster.h>

namespace social {

struct SeedOptions {
  std::uint64_t users = 200;
  std::uint64_t posts = 1000;
  std::uint64_t seed = 1;
};

// Fills the tables that Social::create() made, in bulk: people, who follows whom, posts of the last
// days, and for the newest of them reactions and comments. The same options give the same rows, but
// for the dates, which end now. The first person is the one with the most followers, then the
// second (as by Zipf's law); most people follow a few, some thousands. Throws
// std::invalid_argument if there is somebody already.
void seed(understudy::Cluster cluster, const SeedOptions& options);

}  // namespace social

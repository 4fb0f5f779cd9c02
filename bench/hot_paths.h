#pragma once

#include <functional>
#include <string>
#include <vector>

namespace understudy::bench {

// What every query does, one step each, on values that are ready: timed by micro_paths, counted in
// instructions by count_paths.
struct HotPath {
  std::string name;
  std::function<void()> run;
};

std::vector<HotPath> hot_paths();

}  // namespace understudy::bench

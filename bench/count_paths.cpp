// For instructions.py: `count_paths` prints the names of the steps of a query's way,
// `count_paths NAME TIMES` takes one so many times.
#include <fmt/format.h>

#include <cstdlib>
#include <string_view>

#include "hot_paths.h"

int main(int count, char** arguments) {
  for (const auto& path : understudy::bench::hot_paths()) {
    if (count < 3) {
      fmt::print("{}\n", path.name);
    } else if (std::string_view(arguments[1]) == path.name) {
      for (int i = std::atoi(arguments[2]); i > 0; --i)
        path.run();
      return 0;
    }
  }
  return count < 3 ? 0 : 1;
}

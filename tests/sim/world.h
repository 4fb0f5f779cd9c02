#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/timeline.h"

namespace understudy::sim {

// Servers are the nodes 0, 1, ...; the manager, with the clients that go through it, is the last.
using Node = std::size_t;

// Time, luck and the network, for all parts of a run.
class World {
 public:
  World(std::uint64_t seed, bool trace) : chance(seed), trace_(trace) {}

  Timeline time;
  Chance chance;
  std::vector<std::string> violations;

  [[nodiscard]] bool linked(Node a, Node b) const { return !cut_.contains(std::minmax(a, b)); }
  void set_linked(Node a, Node b, bool linked) {
    if (linked) {
      cut_.erase(std::minmax(a, b));
    } else {
      cut_.insert(std::minmax(a, b));
    }
  }
  // How long a packet takes.
  Duration delay() {
    return chance.percent(2) ? chance.ms(5, 60)
                             : std::chrono::microseconds(chance.between(50, 900));
  }

  [[nodiscard]] bool tracing() const { return trace_; }
  template <typename... Arguments>
  void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (!trace_) return;
    const std::chrono::duration<double, std::milli> passed = time.now() - began_;
    fmt::print("{:10.3f}  {}\n", passed.count(),
               fmt::format(format, std::forward<Arguments>(arguments)...));
  }
  void violated(std::string what) {
    say("VIOLATED: {}", what);
    violations.push_back(std::move(what));
  }

 private:
  const bool trace_;
  const Instant began_ = time.now();
  std::set<std::pair<Node, Node>> cut_;
};

}  // namespace understudy::sim

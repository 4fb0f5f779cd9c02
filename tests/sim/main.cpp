// Runs failover::Planner through simulated clusters with faults, one seed after another.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "sim/simulation.h"

namespace {

using understudy::sim::Faults;
using understudy::sim::Report;
using understudy::sim::Simulation;

struct Options {
  std::uint64_t runs = 100000;
  std::uint64_t first = 1;
  std::uint64_t jobs = 1;
  std::optional<std::uint64_t> seed;
  bool all = false;
  bool trace = false;
};

constexpr int kFailuresShown = 10;

void print_totals(const Report& total, std::uint64_t runs, double longest, double seconds) {
  fmt::print(
      "{} runs in {:.1f} s: {} writes, {} changes of primary, {} rebuilds, {} forced failovers, {} "
      "choices by hand; healed after {:.1f} s at most\n",
      runs, seconds, total.acknowledged, total.changes, total.rebuilds, total.forced, total.by_hand,
      longest);
}

// Every jobs-th seed. Returns the number of runs that failed.
int run_share(const Options& options, std::uint64_t share) {
  const auto began = std::chrono::steady_clock::now();
  Report total;
  double longest = 0;
  std::uint64_t runs = 0;
  int failures = 0;
  for (std::uint64_t i = share; i < options.runs; i += options.jobs) {
    const std::uint64_t seed = options.first + i;
    const Report report =
        Simulation(seed, options.all ? Faults::All : Faults::Usual, options.trace).run();
    ++runs;
    total.acknowledged += report.acknowledged;
    total.changes += report.changes;
    total.forced += report.forced;
    total.by_hand += report.by_hand;
    total.rebuilds += report.rebuilds;
    longest = std::max(longest, std::chrono::duration<double>(report.healing).count());
    if (report.violations.empty()) continue;
    ++failures;
    fmt::print("--seed {}{} --trace: {}\n", seed, options.all ? " --all" : "",
               fmt::join(report.violations, "; "));
    if (failures == kFailuresShown) break;
  }
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  print_totals(total, runs, longest, passed.count());
  std::fflush(stdout);
  return failures;
}

int run_all(const Options& options) {
  if (options.jobs <= 1) return run_share(options, 0);
  std::vector<pid_t> children;
  for (std::uint64_t share = 0; share < options.jobs; ++share) {
    const pid_t child = fork();
    if (child == 0) _exit(run_share(options, share) == 0 ? 0 : 1);
    if (child > 0) children.push_back(child);
  }
  int failed = children.size() < options.jobs ? 1 : 0;
  for (const pid_t child : children) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) failed = 1;
  }
  return failed;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Failover under simulated faults");
  app.add_option("--runs", options.runs, "How many seeds");
  app.add_option("--first", options.first, "The first seed");
  app.add_option("--jobs", options.jobs, "Processes");
  app.add_option("--seed", options.seed, "Run this seed alone");
  app.add_flag("--all", options.all,
               "All faults: also people who open replicas, and servers that start writable");
  app.add_flag("--trace", options.trace, "Print what happens");
  CLI11_PARSE(app, argc, argv);
  if (options.seed) {
    options.first = *options.seed;
    options.runs = 1;
  }
  return run_all(options) == 0 ? 0 : 1;
}

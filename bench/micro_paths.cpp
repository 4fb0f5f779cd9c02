// What the steps of a query's way cost in time.
#include <benchmark/benchmark.h>

#include "hot_paths.h"

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  for (const auto& path : understudy::bench::hot_paths()) {
    benchmark::RegisterBenchmark(path.name.c_str(), [run = path.run](benchmark::State& state) {
      for (auto _ : state)
        run();
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}

// What a hit in the result cache costs, and a mark of the follower: a command of 60 bytes of a
// client whose identity takes 120.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "backend/change_marks.h"
#include "backend/result_cache.h"

namespace {

using namespace understudy;

constexpr std::size_t kEntries = 1 << 16;
const std::string kIdentity(120, 'i');

std::string command_of(std::size_t number) {
  std::string command =
      "SELECT id, name, price, stock FROM product WHERE id = " + std::to_string(100'000 + number);
  command.resize(60, ' ');
  return command;
}

cache::EntryPtr entry_of(const std::string& command, std::size_t number) {
  cache::EntryPtr entry = cache::make_entry(cache::make_key(kIdentity, command));
  entry->answer.assign(200, 1);
  entry->depends_on = {cache::schema_mark("shop"), cache::whole_table("shop", "product"),
                       cache::row_of("shop", "product", std::array{std::uint64_t{number}})};
  return entry;
}

// A full cache and the commands that are in it, shared by the threads of a benchmark.
struct Filled {
  Filled() {
    for (std::size_t i = 0; i < kEntries; ++i) {
      commands.push_back(command_of(i));
      results.insert(entry_of(commands.back(), i), [](const cache::Entry&) { return false; });
    }
  }
  backend::ResultCache results{std::size_t{256} << 20};
  backend::ChangeMarks marks;
  std::vector<std::string> commands;
};

Filled& filled() {
  static Filled all;
  return all;
}

// `range(0)`: of how many entries. The hash of the identity is part of it, as without a session
// that keeps it; the answer's bytes are copied, as to a client.
void hit(benchmark::State& state) {
  Filled& all = filled();
  const auto used = static_cast<std::size_t>(state.range(0));
  auto at = static_cast<std::size_t>(state.thread_index()) * 7919;
  Bytes out;
  out.reserve(4096);
  std::size_t missed = 0;
  for (auto _ : state) {
    at = (at + 40'503) % used;
    out.clear();
    const cache::Key key = cache::make_key(kIdentity, all.commands[at]);
    missed += all.results.lookup(key,
                                 [&](const cache::EntryPtr& entry) {
                                   if (all.marks.newest(entry->depends_on) > entry->as_of)
                                     return backend::ResultCache::Verdict::Invalid;
                                   append(out, entry->answer);
                                   return backend::ResultCache::Verdict::Serve;
                                 })
                  ? 0
                  : 1;
  }
  if (missed != 0) state.SkipWithError("not every lookup was a hit");
}
BENCHMARK(hit)->Arg(64)->Arg(4096)->Arg(kEntries);
BENCHMARK(hit)->Arg(4096)->Threads(2);

void hash_of_key(benchmark::State& state) {
  const std::string command = command_of(1);
  for (auto _ : state)
    benchmark::DoNotOptimize(cache::make_key(kIdentity, command).hash);
}
BENCHMARK(hash_of_key);

void insert(benchmark::State& state) {
  backend::ResultCache results(std::size_t{16} << 20);
  std::size_t number = 0;
  for (auto _ : state) {
    ++number;
    results.insert(entry_of(command_of(number), number), [](const cache::Entry&) { return false; });
  }
}
BENCHMARK(insert);

void touch_row(benchmark::State& state) {
  backend::ChangeMarks marks;
  const cache::Mark rows = cache::rows_of("shop", "product");
  std::uint64_t number = 0;
  for (auto _ : state) {
    ++number;
    marks.touch(cache::row_of(rows, std::array{number}), number);
  }
}
BENCHMARK(touch_row);

}  // namespace

BENCHMARK_MAIN();

// What one classification costs: the statements of sysbench and a few longer ones.
#include <benchmark/benchmark.h>

#include <string_view>

#include "sql/statement.h"

namespace {

void classify_text(benchmark::State& state, std::string_view text) {
  for (auto _ : state) {
    auto result = understudy::sql::classify(text);
    benchmark::DoNotOptimize(result);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
}

BENCHMARK_CAPTURE(classify_text, point_select, "SELECT c FROM sbtest1 WHERE id=5017");
BENCHMARK_CAPTURE(classify_text, range,
                  "SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 100 AND 199 ORDER BY c");
BENCHMARK_CAPTURE(classify_text, update, "UPDATE sbtest1 SET k=k+1 WHERE id=5017");
BENCHMARK_CAPTURE(classify_text, commit, "COMMIT");
BENCHMARK_CAPTURE(classify_text, framework,
                  "SELECT `users`.`id`, `users`.`email`, `users`.`name` FROM `users` INNER JOIN "
                  "`posts` ON `posts`.`user_id` = `users`.`id` WHERE `users`.`email` = 'a@b.c' AND "
                  "`users`.`deleted_at` IS NULL ORDER BY `users`.`id` ASC LIMIT 21");

}  // namespace

BENCHMARK_MAIN();

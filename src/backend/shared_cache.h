#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cache_clock.h"
#include "backend/change_marks.h"
#include "backend/command.h"
#include "backend/result_cache.h"
#include "backend/table_catalogue.h"
#include "cache/rules.h"
#include "config/config.h"

namespace understudy::backend {

// Why a read that was to be cached was not answered from the cache, or its answer not kept.
enum class NotCached : std::uint8_t {
  Missed,          // it was not there, or what was there is not valid any more
  NotFreshEnough,  // it was there, but not as fresh as the session needs
  Closed,          // the follower of the primary's log is behind or gone
  UnknownTable,    // its tables have yet to be asked for
  NoPlainTable,    // a view, or a table whose rows are computed when they are read
  Changed,         // what it reads has changed meanwhile, or may have
  NotPlain,        // an error, warnings, more than one result
  TooLarge,
};
inline constexpr std::size_t kNotCachedCount = 8;

// A word for metrics: "missed", "not_fresh_enough", …
std::string_view to_text(NotCached why);

// The result cache with all that keeps it true: one for all workers. What is not constant takes
// care of itself; any thread.
struct SharedCache {
  SharedCache(const config::Cache& settings, Duration max_lag, std::size_t server_count);

  const cache::Rules rules;
  const std::size_t result_bytes_max;
  const Duration age_max;  // the cache counts as lagging from there on

  ResultCache results;
  ChangeMarks marks;
  CacheClock clock;
  TableCatalogue tables;
  std::array<std::atomic<std::uint64_t>, kNotCachedCount> not_cached{};

  void count(NotCached why) {
    not_cached[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
  }
};

// What a read depends on: the tables as they were known, and the marks of what a change would
// touch.
struct Dependencies {
  struct Table {
    TableCatalogue::Name name;
    TableFactsPtr facts;
  };
  std::vector<Table> tables;
  std::vector<cache::Mark> marks;
};

// Of a read whose tables are complete; `schema` is that of tables without one. Rows where the
// statement pins the primary key, else whole tables. Nothing if a table is not known yet
// (UnknownTable) or its answers are not to be kept (NoPlainTable).
struct DependencyResult {
  std::optional<Dependencies> found;
  NotCached why = NotCached::UnknownTable;
};
DependencyResult dependencies_of(const Command& command, std::string_view schema,
                                 const sql::Modes& modes, TableCatalogue& catalogue);

}  // namespace understudy::backend

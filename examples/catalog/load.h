#pragma once

#include "catalog.h"

namespace catalog {

struct Load {
  unsigned seconds = 10;
  unsigned threads = 4;
  unsigned rate = 0;  // operations a second, all threads together; 0: no limit
};

// Visitors who search and buy, until SIGTERM or the time is over. Prints one line of JSON:
// operations, per_second, p50_ms, p95_ms, p99_ms, longest_ms, errors, stale (answers that did not
// show what their visitor had bought), sold (by these visitors), and of the whole shop delivered,
// sales, left. 0 if there was no error, nothing stale, and delivered = sales + left.
int run_load(Catalog& shop, const Load& load);

}  // namespace catalog

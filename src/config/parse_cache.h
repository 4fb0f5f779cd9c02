#pragma once

#include "config/config.h"
#include "config/table_reader.h"

namespace understudy::config {

// [cache] and its [[cache.rule]] tables.
void read_cache(TableReader& top, Cache& cache);

}  // namespace understudy::config

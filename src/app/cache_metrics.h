#pragma once

#include <vector>

#include "admin/admin_api.h"
#include "backend/shared_cache.h"

namespace understudy::app {

// Appends what the result cache has counted. Any thread.
void add_cache_metrics(std::vector<admin::Metric>& metrics, const backend::SharedCache& cache);

}  // namespace understudy::app

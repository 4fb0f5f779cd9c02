#pragma once

#include <string>

#include "admin/admin_api.h"

namespace understudy::admin {

// The body of GET /metrics, in Prometheus' text format.
std::string metrics_text(const AdminApi& api);

}  // namespace understudy::admin

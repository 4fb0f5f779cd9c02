#pragma once

#include <string>

#include "admin/admin_api.h"

namespace understudy::admin {

// The body of GET /api/status.
std::string status_json(const Status& status);

}  // namespace understudy::admin

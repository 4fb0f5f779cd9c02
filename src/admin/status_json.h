#pragma once

#include <string>

#include "admin/admin_api.h"

namespace understudy::admin {

// The body of GET /api/status.
std::string status_json(const Status& status);

// The body that answers a change of the primary: {"kind", "done", "ms", "primary" or "reason"}.
std::string change_text(const LastChange& change);

// One event, and an array of them: {"id", "time" (UTC), "event", and its fields}.
std::string event_text(const EventInfo& event);
std::string events_json(const std::vector<EventInfo>& events);

}  // namespace understudy::admin

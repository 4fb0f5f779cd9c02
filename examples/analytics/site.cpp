#include "site.h"

#include <utility>

namespace analytics {

void add_pages(web::Site& site, Analytics& analytics, Tracker& tracker, Dashboard& dashboard) {
  // Accepted is not written yet: that takes some milliseconds, or as long as there is no primary.
  site.post("/api/track", [&tracker](web::Request& request) -> Json {
    std::vector<Event> events = events_from_json(request.body(), now());
    const std::size_t count = events.size();
    if (!tracker.track(std::move(events)))
      throw web::Refused(503, "too many events wait to be written; try again in a moment");
    return {{"accepted", count}};
  });
  site.stream("/api/stream",
              [&dashboard](web::Request&, const auto& page) { dashboard.join(page); });
  site.get("/api/live", [&](web::Request&) { return live_json(analytics, now()); });
  site.get("/api/active", [&](web::Request&) { return active_json(analytics, now()); });
  site.get("/api/frequent", [&](web::Request&) { return frequent_json(analytics, now()); });
  site.get("/api/engagement", [&](web::Request&) { return engagement_json(analytics, now()); });
  site.get("/api/latest", [&](web::Request&) { return latest_json(analytics); });
  site.get("/api/user",
           [&](web::Request& request) { return report_json(analytics, request.number("id")); });
}

}  // namespace analytics

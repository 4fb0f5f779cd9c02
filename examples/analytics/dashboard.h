#pragma once

#include <memory>

#include "analytics.h"
#include "every.h"
#include "web/listeners.h"

namespace analytics {

// The answers as a page wants them, each with "answered". One function for each chart.
Json live_json(Analytics& analytics, TimePoint present);
Json active_json(Analytics& analytics, TimePoint present);
Json frequent_json(Analytics& analytics, TimePoint present);
Json engagement_json(Analytics& analytics, TimePoint present);
Json latest_json(Analytics& analytics);
Json report_json(Analytics& analytics, std::uint64_t user);

// Asks all of these once a second, if anybody watches, and tells every page: the servers have the
// same to do for a thousand pages as for one.
class Dashboard {
 public:
  explicit Dashboard(Analytics& analytics);

  // From now on this page gets an event "sample" every second.
  void join(const std::shared_ptr<web::EventStream>& page) { pages_.add(page); }

 private:
  void sample();

  Analytics& analytics_;
  web::Listeners pages_;
  Every every_;  // the last member: it uses the others
};

}  // namespace analytics

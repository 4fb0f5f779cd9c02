#pragma once

#include "analytics.h"
#include "dashboard.h"
#include "tracker.h"
#include "web/site.h"

namespace analytics {

// The HTTP API. What is given has to outlive the site.
void add_pages(web::Site& site, Analytics& analytics, Tracker& tracker, Dashboard& dashboard);

}  // namespace analytics

#pragma once

#include "admin/admin_api.h"
#include "backend/account_table.h"
#include "control/change_service.h"

namespace understudy::app {

// Answers GET /api/changes: checks the request and the account, and hands the connection over to
// the change feed. `service` is null where the feed is off, `accounts` while they are not known.
admin::ChangesAnswer answer_changes(control::ChangeService* service,
                                    const std::shared_ptr<const backend::AccountTable>& accounts,
                                    const admin::ChangesRequest& request);

void add_change_metrics(std::vector<admin::Metric>& metrics,
                        const control::ChangeCounters& counters);

}  // namespace understudy::app

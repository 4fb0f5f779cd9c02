#pragma once

#include "admin/admin_api.h"
#include "backend/shared_cache.h"
#include "control/accounts.h"
#include "control/change_service.h"
#include "control/event_log.h"
#include "control/failover_manager.h"
#include "control/monitor.h"
#include "proxy/proxy.h"

namespace understudy::app {

// What the admin server shows of the running program. Control loop only.
class ClusterAdmin final : public admin::AdminApi {
 public:
  // All of them outlive this; `cache` and `changes` are null if there are none.
  ClusterAdmin(control::Monitor& monitor, control::Accounts& accounts, proxy::Proxy& proxy,
               control::FailoverManager& failover, const control::EventLog& events,
               const backend::SharedCache* cache, control::ChangeService* changes)
      : monitor_(monitor),
        accounts_(accounts),
        proxy_(proxy),
        failover_(failover),
        events_(events),
        cache_(cache),
        changes_(changes) {}

  [[nodiscard]] admin::Status status() const override;
  [[nodiscard]] std::vector<admin::Metric> metrics() const override;
  [[nodiscard]] std::vector<admin::EventInfo> events(std::uint64_t after) const override;
  [[nodiscard]] admin::ChangesAnswer changes(const admin::ChangesRequest& request) override;
  [[nodiscard]] std::optional<std::string> not_ready() const override;
  Result<void> drain(std::string_view server) override { return monitor_.drain(server); }
  Result<void> resume(std::string_view server) override { return monitor_.resume(server); }
  void switch_over(std::string_view to, ChangeDone done) override;
  void fail_over(ChangeDone done) override;
  Result<void> rejoin(std::string_view server) override { return failover_.rejoin(server); }

  void set_draining() { draining_ = true; }

 private:
  control::Monitor& monitor_;
  control::Accounts& accounts_;
  proxy::Proxy& proxy_;
  control::FailoverManager& failover_;
  const control::EventLog& events_;
  const backend::SharedCache* const cache_;  // null: there is none
  control::ChangeService* const changes_;    // null: the change feed is off
  bool draining_ = false;
};

}  // namespace understudy::app

#include "app/changes_admin.h"

#include <utility>

#include "admin/basic_auth.h"
#include "backend/password_login.h"
#include "feed/request.h"
#include "proxy/client_login.h"

namespace understudy::app {
namespace {

using admin::ChangesAnswer;
using admin::Metric;
using admin::MetricType;

ChangesAnswer refused(unsigned status, std::string message) {
  return {{}, status, std::move(message)};
}

Metric plain(const char* name, const char* help, MetricType type,
             const std::atomic<std::uint64_t>& value) {
  const auto now = static_cast<double>(value.load(std::memory_order_relaxed));
  return {name, help, type, {{{}, now}}};
}

}  // namespace

ChangesAnswer answer_changes(control::ChangeService* service,
                             const std::shared_ptr<const backend::AccountTable>& accounts,
                             const admin::ChangesRequest& request) {
  if (service == nullptr) return refused(404, "the change feed is off (changes.enabled)");
  const auto credentials = admin::parse_basic_auth(request.authorization);
  if (!credentials) {
    return refused(401,
                   "log in as an account of the database servers (HTTP Basic "
                   "authentication); it has to have the SELECT right on the tables");
  }
  if (accounts == nullptr) return refused(503, "the accounts are not known yet");
  auto login = backend::check_password(*accounts, credentials->user, credentials->password,
                                       proxy::host_of(request.peer_address), service->tls());
  if (!login.ok()) return refused(401, login.error().message);
  auto asked = feed::parse_request(request.query, request.last_event_id);
  if (!asked.ok()) return refused(400, asked.error().message);
  ChangesAnswer answer;
  answer.take_over = [service, login = std::move(login).value(),
                      asked = std::move(asked).value()](net::AcceptedSocket socket) mutable {
    service->subscribe(std::move(asked), std::move(login), std::move(socket));
  };
  return answer;
}

void add_change_metrics(std::vector<Metric>& metrics, const control::ChangeCounters& counters) {
  metrics.push_back(plain("understudy_change_subscribers", "Subscribers of the change feed.",
                          MetricType::Gauge, counters.subscribers));
  metrics.push_back(plain("understudy_change_subscribers_behind",
                          "Of these, those who are not at the end of the binary log yet.",
                          MetricType::Gauge, counters.catching_up));
  metrics.push_back(plain("understudy_change_events_total",
                          "Events sent to subscribers of the change feed.", MetricType::Counter,
                          counters.events));
  metrics.push_back(plain("understudy_change_dropped_total",
                          "Subscribers of the change feed that were let go as too slow.",
                          MetricType::Counter, counters.dropped));
  metrics.push_back(plain("understudy_change_catch_ups_total",
                          "Readings of the log from an earlier position for the change feed.",
                          MetricType::Counter, counters.catch_ups));
}

}  // namespace understudy::app

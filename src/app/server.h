#pragma once

#include <memory>
#include <string>

#include "admin/admin_server.h"
#include "app/cluster_admin.h"
#include "config/config.h"
#include "control/accounts.h"
#include "control/backend_link.h"
#include "control/change_service.h"
#include "control/event_log.h"
#include "control/failover_manager.h"
#include "control/follower_thread.h"
#include "control/monitor.h"
#include "net/loop.h"
#include "net/signals.h"
#include "net/timer.h"
#include "proxy/proxy.h"

namespace understudy::app {

// `understudy serve`: everything, wired together. The control loop runs on the calling thread, each
// worker on its own.
class Server {
 public:
  // How long sessions may take to end their transactions after SIGTERM.
  static constexpr Duration kDrainMax = std::chrono::seconds(30);

  Server(config::Config config, std::string config_file);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves until SIGTERM or SIGINT and the end of the sessions after it.
  // Error: Invalid if an address cannot be listened on.
  Result<void> run();

 private:
  void publish_to_workers();
  [[nodiscard]] control::WriterControl writer_control();
  void on_signal(int number);
  void drain();
  void stop_when_drained(Instant deadline);
  void reload();

  // Reads the certificates that are named anew. Error: Invalid; then nothing has changed.
  Result<void> renew_tls(const config::Config& config);

  config::Config config_;
  const std::string config_file_;
  const std::vector<std::shared_ptr<net::TlsSource>> listener_tls_;  // by config_.listen.addresses
  const std::shared_ptr<net::TlsSource> backend_tls_;
  const std::shared_ptr<const backend::Login> service_;  // our own account
  net::Loop control_;
  control::EventLog events_;
  control::BackendLinkOpener opener_;
  control::Monitor monitor_;
  control::Accounts accounts_;
  const std::shared_ptr<backend::Acknowledged> acknowledged_;
  const std::shared_ptr<backend::SharedCache> cache_;  // null: there is none
  control::FollowerThread follower_;
  proxy::Proxy proxy_;
  control::HookRunner hooks_;
  control::Rebuilder rebuilder_;
  control::FailoverManager failover_;
  std::unique_ptr<control::ChangeService> changes_;  // on the follower's loop, or null
  ClusterAdmin admin_api_;
  std::unique_ptr<admin::AdminServer> admin_server_;
  net::Timer drain_timer_;
  std::unique_ptr<net::Signals> signals_;
  bool draining_ = false;
};

}  // namespace understudy::app

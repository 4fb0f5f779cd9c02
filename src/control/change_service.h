#pragma once

#include <memory>

#include "config/config.h"
#include "control/change_feed.h"
#include "net/loop.h"

namespace understudy::control {

// The change feed, for other threads: what they say is done on the feed's loop. Made before that
// loop runs and destroyed when it runs no more.
class ChangeService {
 public:
  // `loop` and `follower` outlive this; `service` is our own account. `starts_follower`: see
  // ChangeFeed::Settings.
  ChangeService(net::Loop& loop, BinlogFollower& follower, const config::Config& config,
                std::shared_ptr<const backend::Login> service, bool starts_follower);

  // Any thread.
  void set_topology(replication::TopologyPtr topology);
  void subscribe(feed::Request request, std::shared_ptr<const backend::Login> login,
                 net::AcceptedSocket socket);
  // For the logins of subscribers.
  [[nodiscard]] const std::shared_ptr<const net::TlsSource>& tls() const { return tls_; }
  [[nodiscard]] const ChangeCounters& counters() const { return *counters_; }

 private:
  net::Loop& loop_;
  const std::shared_ptr<const net::TlsSource> tls_;
  const std::shared_ptr<ChangeCounters> counters_;
  ChangeFeed feed_;
};

}  // namespace understudy::control

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
  // `loop` and `follower` outlive this. `starts_follower`: see ChangeFeed::Settings.
  ChangeService(net::Loop& loop, BinlogFollower& follower, const config::Config& config,
                bool starts_follower);

  // Any thread.
  void set_topology(replication::TopologyPtr topology);
  void subscribe(feed::Request request, std::shared_ptr<const backend::Login> login,
                 net::AcceptedSocket socket);
  [[nodiscard]] const ChangeCounters& counters() const { return *counters_; }

 private:
  net::Loop& loop_;
  const std::shared_ptr<ChangeCounters> counters_;
  ChangeFeed feed_;
};

}  // namespace understudy::control

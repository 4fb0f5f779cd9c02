#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "backend/shared_cache.h"
#include "config/config.h"
#include "control/backend_link.h"
#include "control/binlog_follower.h"
#include "control/cache_keeper.h"
#include "net/loop.h"

namespace understudy::control {

// A thread with a loop of its own on which the primary's binary log is followed: a large
// transaction must hold up neither clients nor the watch over the servers. Made, started and
// destroyed on one thread, which is not its own.
class FollowerThread final {
 public:
  // `service`: our own account. `cache`: what is kept true by it, or null. What happens is added to
  // `events`, which belong to the loop `control`; both outlive this.
  FollowerThread(const config::Config& config, const std::shared_ptr<const backend::Login>& service,
                 std::shared_ptr<backend::SharedCache> cache, EventLog& events, net::Loop& control);
  ~FollowerThread();
  FollowerThread(const FollowerThread&) = delete;
  FollowerThread& operator=(const FollowerThread&) = delete;

  void start();
  // Ends the thread; what else lives on the loop may be destroyed after this. Twice is once.
  void stop();
  // Any thread.
  void set_topology(replication::TopologyPtr topology);

  // What lives on the loop; to be used there, or before start().
  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] BinlogFollower& follower() { return follower_; }

 private:
  const std::shared_ptr<backend::SharedCache> cache_;
  net::Loop loop_;
  BackendLinkOpener opener_;
  BinlogFollower follower_;
  std::optional<CacheKeeper> keeper_;
  std::thread thread_;
};

}  // namespace understudy::control

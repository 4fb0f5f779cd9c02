#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"

namespace understudy::routing {

// What one worker knows of one server beyond the snapshot.
struct ServerLoad {
  std::uint32_t outstanding = 0;  // statements sent or waiting for a connection, not yet answered
  Duration latency{};             // moving average of the answers; 0: none yet
  std::int64_t turn = 0;          // of the weighted rotation; only route() touches it
  replication::Position learned;  // known to be applied there, in `learned_epoch`
  std::uint64_t learned_epoch = 0;
};

// One worker's view of its own load: it counts what it sends, and keeps what it learns between two
// snapshots (a position for which a read has waited is applied there). A plain value of one thread.
class Load {
 public:
  [[nodiscard]] ServerLoad& at(replication::ServerId id) { return servers_[id.value()]; }
  [[nodiscard]] const ServerLoad& at(replication::ServerId id) const {
    return servers_[id.value()];
  }

  void begin(replication::ServerId id) { ++at(id).outstanding; }
  // A statement that was counted by begin() is over; `latency` from sending to the first byte of
  // the answer, zero if it does not tell anything.
  void end(replication::ServerId id, Duration latency = {});

  // The server has applied `position` of this epoch.
  void learn(replication::ServerId id, const replication::Position& position, std::uint64_t epoch);

 private:
  std::array<ServerLoad, replication::kMaxServers> servers_{};
};

}  // namespace understudy::routing

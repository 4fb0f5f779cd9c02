#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"

namespace understudy::failover {

enum class ActionKind : std::uint8_t {
  StartApplying,   // start the SQL thread; it may run already
  StopApplying,    // stop the SQL thread
  StartReceiving,  // start the IO thread
  StopReceiving,   // end the IO thread, without waiting for its end; applying goes on
  WaitApplied,     // until `position` is applied; fails when the timeout passes
  Detach,          // forget the source: the server replicates from nobody
  Follow,          // replicate from `source`; a server that did not replicate begins at `position`
  Open,            // take writes
  Close,           // take no writes; may wait for those that are running
  CutClients,      // end all connections of clients
  SemiSyncSourceOn,  // wait with each commit until a replica has it
  SemiSyncSourceOff,
  SemiSyncReplicaOn,  // acknowledge what is received
  SemiSyncReplicaOff,
};

// "start_applying", "open"
std::string_view to_text(ActionKind kind);

struct Action {
  Action(ActionKind what) : kind(what) {}
  Action(ActionKind what, replication::Position where) : kind(what), position(std::move(where)) {}

  ActionKind kind;
  replication::Position position;
  replication::ServerId source;
  // Follow: the server replicates from nobody so far, and begins at `position`.
  bool fresh = false;
  // Follow: what was received and is not applied stays, and applying goes on (MySQL).
  bool keeps_relay_log = false;
};

using OrderId = std::uint64_t;

// Things to do on one server, one after another; the first that fails ends it. Every action may be
// done twice without harm.
struct Order {
  OrderId id = 0;
  replication::ServerId server;
  std::vector<Action> actions;
  Duration timeout{};  // for all of it
};

struct OrderResult {
  std::size_t done = 0;        // actions that succeeded
  std::optional<Error> error;  // why the next one did not
};

}  // namespace understudy::failover

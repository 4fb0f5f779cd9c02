#include "failover/order.h"

namespace understudy::failover {

std::string_view to_text(ActionKind kind) {
  switch (kind) {
    case ActionKind::StartApplying:
      return "start_applying";
    case ActionKind::StopApplying:
      return "stop_applying";
    case ActionKind::StartReceiving:
      return "start_receiving";
    case ActionKind::StopReceiving:
      return "stop_receiving";
    case ActionKind::WaitApplied:
      return "wait_applied";
    case ActionKind::Detach:
      return "detach";
    case ActionKind::Follow:
      return "follow";
    case ActionKind::Open:
      return "open";
    case ActionKind::Close:
      return "close";
    case ActionKind::CutClients:
      return "cut_clients";
    case ActionKind::SemiSyncSourceOn:
      return "semi_sync_source_on";
    case ActionKind::SemiSyncSourceOff:
      return "semi_sync_source_off";
    case ActionKind::SemiSyncReplicaOn:
      return "semi_sync_replica_on";
    case ActionKind::SemiSyncReplicaOff:
      return "semi_sync_replica_off";
  }
  return "unknown";
}

}  // namespace understudy::failover

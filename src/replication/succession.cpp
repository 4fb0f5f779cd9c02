#include "replication/succession.h"

#include <algorithm>

namespace understudy::replication {
namespace {

bool hears(const ServerObservation& replica, std::uint32_t source) {
  return std::ranges::any_of(replica.sources, [source](const ReplicaStatus& status) {
    return status.source_server_id == source && status.sql_running &&
           (status.io_running || status.io_connecting);
  });
}

// Opened with its replication at rest, and written to: a promotion that has not forgotten its
// source.
bool leads_at_rest(const ServerObservation& server, const BinlogState& unseen) {
  const bool at_rest = std::ranges::none_of(server.sources, [](const ReplicaStatus& source) {
    return source.io_running || source.io_connecting || source.sql_running;
  });
  return !server.read_only && !server.sources.empty() && at_rest &&
         !unseen.of_server(server.identity()).empty();
}

}  // namespace

bool superseded(const ServerObservation& candidate,
                const std::vector<const ServerObservation*>& others) {
  const auto leads_instead = [&](std::uint32_t source) {
    return source != 0 && source != candidate.server_id &&
           std::ranges::none_of(others, [&](const ServerObservation* other) {
             return other->server_id == source && hears(*other, candidate.server_id);
           });
  };
  return std::ranges::any_of(others, [&](const ServerObservation* other) {
    const BinlogState unseen = other->binlog_state.beyond(candidate.binlog_state);
    if (leads_at_rest(*other, unseen)) return true;
    return std::ranges::any_of(other->sources, [&](const ReplicaStatus& status) {
      return leads_instead(status.source_server_id) &&
             !unseen.of_server({status.source_server_id, status.source_uuid}).empty();
    });
  });
}

}  // namespace understudy::replication

#pragma once

#include <string>

#include "replication/topology.h"

// Small snapshots for the tests of this folder.
namespace understudy::routing::testing {

inline replication::ServerId db(int number) {
  return replication::ServerId(static_cast<std::uint16_t>(number - 1));
}

inline Instant at(std::int64_t ms) {
  return Instant(std::chrono::milliseconds(1'000'000 + ms));
}

inline replication::Position sequence(std::uint64_t number) {
  replication::Position position;
  position.add({0, 1, number});
  return position;
}

// db1 is the primary, the others are replicas without lag; all are at `position`, read at `ms`.
inline replication::Topology cluster(int servers, std::uint64_t position = 10,
                                     std::int64_t ms = 0) {
  replication::Topology topology;
  topology.cluster = "main";
  topology.revision = 1;
  topology.epoch = 1;
  topology.primary = db(1);
  for (int i = 1; i <= servers; ++i) {
    replication::ServerView view;
    view.id = db(i);
    view.name = "db" + std::to_string(i);
    view.server_id = static_cast<std::uint32_t>(i);
    view.role = i == 1 ? replication::Role::Primary : replication::Role::Replica;
    view.health = replication::Health::Up;
    view.lag = Duration::zero();
    view.position = view.may_show = sequence(position);
    view.position_observed_at = at(ms);
    view.covers_primary_as_of = at(ms);
    topology.servers.push_back(view);
  }
  return topology;
}

// What the server `number` was seen to have, by a request sent at `ms`.
inline void observe(replication::Topology& topology, int number, std::uint64_t position,
                    std::int64_t ms) {
  replication::ServerView& view = topology.servers[db(number).value()];
  view.position = view.may_show = sequence(position);
  view.position_observed_at = at(ms);
}

}  // namespace understudy::routing::testing

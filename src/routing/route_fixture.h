#pragma once

#include <gtest/gtest.h>

#include <map>

#include "routing/route.h"
#include "routing/test_cluster.h"

namespace understudy::routing::testing {

using replication::Health;
using replication::Role;
using replication::Topology;

// A primary, two replicas and what one session may ask of them.
class RouteTest : public ::testing::Test {
 protected:
  static Request read(Consistency consistency) {
    Request request;
    request.read = true;
    request.consistency = consistency;
    request.now = at(10);
    return request;
  }
  Route go(const Request& request) { return route(request, topology_, reads_, options_, load_); }
  Route go(Consistency consistency) { return go(read(consistency)); }
  replication::ServerView& server(int number) { return topology_.servers[db(number).value()]; }
  void set_replicas(Health health) {
    for (replication::ServerView& view : topology_.servers) {
      if (view.role == Role::Replica) view.health = health;
    }
  }
  // How often each server is chosen.
  std::map<int, int> spread(const Request& request, int times) {
    std::map<int, int> counts;
    for (int i = 0; i < times; ++i)
      ++counts[go(request).target.value() + 1];
    return counts;
  }

  Topology topology_ = cluster(3);
  SessionReads reads_;
  Options options_;
  Load load_;
};

}  // namespace understudy::routing::testing

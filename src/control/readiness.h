#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/text_query.h"
#include "control/finding.h"
#include "replication/topology.h"

namespace understudy::control {

// What decides how a server fares on the day of a failover, as it was asked (see Dialect). What
// could not be asked is empty, and says nothing.
struct FailoverFacts {
  backend::TextResult settings;          // name, value, where the value comes from
  backend::TextResult grants;            // of the service account
  backend::TextResult read_only_bypass;  // accounts that write in spite of read_only: user, host
  bool cache_enabled = false;            // by the configuration
  replication::Flavour flavour = replication::Flavour::MariaDb;
};

// What would hurt then, on the server `name`. Pure.
std::vector<Finding> failover_readiness(const std::string& name, replication::Role role,
                                        std::string_view service_user, const FailoverFacts& facts);

// The statement that gives the service account all rights that a failover takes.
std::string grant_failover(std::string_view user, replication::Flavour flavour);

}  // namespace understudy::control

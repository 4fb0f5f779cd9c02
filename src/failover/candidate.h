#pragma once

#include <optional>
#include <string>
#include <vector>

#include "failover/detector.h"

namespace understudy::failover {

// Why a server cannot become the primary; empty if it can.
std::string unfit(const Member& member, const replication::BinlogState& history);

// Whether a replica could go on with what the cluster has: it applies, and has nothing of its own.
// One that is at odds with the cluster acknowledges nothing for long.
bool in_step(const Member& member, const replication::BinlogState& history);

// What of `wanted` the server has neither applied nor received, by domain.
Position lacking(const Member& member, const Position& wanted);

struct Choice {
  std::optional<ServerId> server;
  // What was received or acknowledged somewhere and the choice does not have; empty: nothing.
  Position missing;
  // One line for people: why this one, or why none.
  std::string reason;
};

// The best server to take the lead, of those that answer: it has received the most, then has the
// least left to apply, then is of the zone of the old primary, then by priority. `acknowledged`:
// what clients were told is committed. `not_this`: servers that have failed in this attempt. Never
// judged by gtid_current_pos, which writes of a server's own pollute.
Choice choose(const Detector& detector, const Position& acknowledged,
              const std::vector<ServerId>& not_these);

}  // namespace understudy::failover

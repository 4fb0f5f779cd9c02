#pragma once

#include <vector>

#include "replication/server_observation.h"

namespace understudy::replication {

// Whether the servers' histories show that another took the lead after `candidate`: one of `others`
// follows a server that does not itself hear the candidate, and has transactions of that server
// that the candidate never saw; or it was opened with its replication at rest, and written to. So
// looks a primary of the past that has come back writable. What a server wrote by mistake does not
// count while it follows the candidate. Any thread.
bool superseded(const ServerObservation& candidate,
                const std::vector<const ServerObservation*>& others);

}  // namespace understudy::replication

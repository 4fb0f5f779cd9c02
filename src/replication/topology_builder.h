#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "replication/appointment.h"
#include "replication/lag_tracker.h"
#include "replication/server_observation.h"
#include "replication/topology.h"

namespace understudy::replication {

struct ServerSettings {
  std::string name;
  Address address;
  std::string zone;
  std::uint32_t weight = 100;
  std::uint32_t priority = 100;
  std::vector<std::string> tags;
};

struct TopologySettings {
  std::string cluster;
  std::vector<ServerSettings> servers;      // at most kMaxServers
  Duration max_lag{};                       // a replica further behind is lagging
  Duration probe_timeout{};                 // silence for this long means down
  std::uint32_t good_probes_to_return = 2;  // a server that was down is up after so many answers
};

// Turns what probes found into snapshots: who is primary, who is healthy, how far behind. A pure
// machine of one thread: observations and time in, snapshots out.
//
// Roles. The primary is the one server that answers, is writable and replicates from nobody; of
// several such servers the one that others replicate from. None, or no such distinction: there is
// no primary, and no_primary_reason says why. A primary that stops answering stays the primary,
// down, until it says otherwise or another server is seen to have taken its place. A server that
// replicates is a replica even when it is writable (the reason then warns). Every change of primary
// raises the epoch, and positions of the epoch before are forgotten. A primary that was appointed
// (a failover or switchover has opened it) is it from that moment, whatever others look like, until
// another one is appointed, or it takes no writes while another server does, with replicas, that
// somebody can have opened since (see Appointment), or that it follows itself.
//
// Health. Down at the first refused or reset connection, or after probe_timeout without an answer;
// up again after good_probes_to_return answers in a row. Lagging when the lag exceeds max_lag, back
// when it is under half of it.
class TopologyBuilder {
 public:
  explicit TopologyBuilder(TopologySettings settings);

  // A probe of `server` ended. `now` never goes back.
  void feed(ServerId server, const ServerObservation& observation, Instant now);
  void set_drained(ServerId server, bool drained);
  // `server` has been opened for writes and leads from now on.
  // What is observed of it from before `now` does not count any more.
  void appoint(ServerId server, Instant now);
  // See Topology::primary_closed.
  void set_primary_closed(bool closed) { primary_closed_ = closed; }

  // The snapshot as of the last call of feed() or set_drained(); its revision is new each time.
  [[nodiscard]] Topology build();

 private:
  struct Server {
    bool probed = false;                           // a probe has ended, well or not
    std::optional<ServerObservation> last_answer;  // of a probe that succeeded
    bool down = true;
    std::string down_reason;
    std::uint32_t good_in_a_row = 0;
    bool drained = false;
    Instant opened_at{};  // when it was appointed
    bool lagging = false;
    bool diverged = false;
    std::optional<LagTracker::Age> age;
  };

  void note_failure(Server& server, const Error& failure, Instant now);
  void note_answer(Server& server, const ServerObservation& observation);
  void choose_primary();
  [[nodiscard]] bool appointed_leads(const std::vector<ServerId>& writable_and_followed) const;
  void change_primary(ServerId primary);
  void observe_primary(const ServerObservation& observation);
  void find_diverged(const ServerObservation& primary);
  void update_age(Server& server);
  [[nodiscard]] bool may_lead(ServerId candidate) const;
  [[nodiscard]] bool followed(const Server& candidate) const;
  [[nodiscard]] static bool follows(const Server& replica, const Server& source);
  [[nodiscard]] bool outdated(const Server& candidate) const;
  [[nodiscard]] bool contested(ServerId candidate) const;
  [[nodiscard]] bool of_the_past(const Server& candidate) const;
  [[nodiscard]] std::string explain_no_writable() const;
  [[nodiscard]] ServerView view(ServerId id) const;
  [[nodiscard]] Role role_of(ServerId id) const;
  [[nodiscard]] std::string reason_of(ServerId id, Role role) const;

  TopologySettings settings_;
  std::vector<Server> servers_;
  LagTracker primary_history_;
  std::optional<ServerId> primary_;
  Appointment appointment_;
  bool primary_closed_ = false;
  std::optional<ServerId> last_primary_;  // the one of the current epoch
  std::string no_primary_reason_;
  std::uint64_t epoch_ = 0;
  std::uint64_t revision_ = 0;
};

// What a read that ended before the observation's request was sent can have shown at most.
Position may_show(const ServerObservation& observation, bool replica);

}  // namespace understudy::replication

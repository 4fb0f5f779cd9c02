#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "replication/appointment.h"
#include "replication/server_observation.h"
#include "replication/topology.h"
#include "replication/topology_builder.h"

namespace understudy::failover {

using replication::Position;
using replication::ServerId;
using replication::ServerObservation;

// What is wrong with the cluster, if anything; the worst that is known.
enum class Diagnosis : std::uint8_t {
  Unknown,             // not every server has been asked yet
  Healthy,             // the primary answers and takes writes
  PrimarySuspected,    // it does not answer; the replicas have to be asked
  PrimaryDead,         // it refuses connections, and no replica that answers is connected to it
  PrimarySilent,       // nothing was heard from it for `after`, neither here nor by the replicas
  PrimaryUnreachable,  // a replica still hears it: only our path to it is broken
  PrimaryFull,         // it answers, but for `after` its writes have waited for room on its disk
  PrimaryReadOnly,     // it answers and replicas follow it, but it takes no writes
  NoPrimary,           // all that answer are read-only, and nobody else may still be writing
  TooFewServers,       // the primary is silent and so are so many that we may be the ones cut off
  SeveralPrimaries,    // others than the known primary take writes, and somebody may want that
};

// "primary_dead", "several_primaries"
std::string_view to_text(Diagnosis diagnosis);

struct Finding {
  Diagnosis diagnosis = Diagnosis::Unknown;
  std::string evidence;  // one line, for people
};

// Whether a replica still hears its source.
enum class Hearing : std::uint8_t {
  Unknown,  // it does not answer, replicates from somebody else, or cannot tell
  Hears,    // connected, and something came not long ago
  Silent,   // connected, but several heartbeats did not come
  Lost,     // not connected
};

// What is known of one server.
struct Member {
  ServerId id;
  std::string name;
  Address address;
  std::string zone;
  std::uint32_t priority = 100;

  bool asked = false;                     // a probe has ended
  bool answers = false;                   // the last one was answered
  std::optional<Error> failure;           // else why it was not
  Instant failing_since{};                // when the first probe of those that failed ended
  std::optional<ServerObservation> last;  // the last answer
  // Of a replica: the most that it ever said to have received in this epoch, and when it last
  // showed that it hears its source.
  Position best_received;
  Instant heard_at{};
  std::optional<Instant> full_since;  // when its writes were first seen waiting for room
  Instant opened_at{};  // when it was appointed; what was asked before says nothing any more

  [[nodiscard]] bool refuses() const {
    return !answers && failure &&
           (failure->kind == ErrorKind::Unreachable || failure->kind == ErrorKind::Lost);
  }
  [[nodiscard]] bool silent() const { return !answers && !refuses(); }
  [[nodiscard]] bool replicates() const { return last && !last->sources.empty(); }
  [[nodiscard]] bool writable() const { return answers && last && !last->read_only; }
  // All received, applied or written there.
  [[nodiscard]] Position received() const;
  // The part of it that came from others: what is applied when the relay log is.
  [[nodiscard]] Position relayed() const;
};

// Whether `replica` replicates from `source`, by server id or by address.
bool follows(const Member& replica, const Member& source);

struct DetectorSettings {
  std::vector<replication::ServerSettings> servers;
  Duration after{};  // silence before a primary counts as dead
};

// Keeps what probes found and says what it means. Evidence comes before timeouts: a primary whose
// host refuses connections while every replica has lost it is dead at once; one that is silent has
// to be so for `after`, for the replicas too. As long as one replica hears it, only our path is
// broken. A pure machine of one thread.
class Detector {
 public:
  explicit Detector(DetectorSettings settings);

  // A probe of `server` ended.
  void observe(ServerId server, const ServerObservation& observation);
  // The primary, as it is known; whatever was received from another one is forgotten.
  void set_primary(std::optional<ServerId> primary);
  // The same for one that has just been opened: what was seen of it is from before.
  void appoint(ServerId primary, Instant now);
  [[nodiscard]] std::optional<ServerId> primary() const { return primary_; }

  [[nodiscard]] Finding diagnose(Instant now) const;
  [[nodiscard]] Hearing hearing(const Member& replica, Instant now) const;

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] const Member& member(ServerId id) const { return members_[id.value()]; }
  // What the last primary's binary log held when it was last seen.
  [[nodiscard]] const replication::BinlogState& history() const { return history_; }
  // Semi-sync was switched on at the primary when it was last seen.
  [[nodiscard]] bool semi_sync() const;
  // Replicas that may not have been asked since the primary failed.
  [[nodiscard]] std::vector<ServerId> to_ask(Instant now) const;

 private:
  [[nodiscard]] bool overdue(const Member& member, Instant now) const;
  [[nodiscard]] Finding diagnose_failing(const Member& primary, Instant now) const;
  [[nodiscard]] bool takes_writes(const Member& member) const;
  [[nodiscard]] Finding diagnose_without(Instant now) const;
  [[nodiscard]] bool majority_answers(Instant now) const;
  void note_replica(Member& member, const ServerObservation& observation);

  const DetectorSettings settings_;
  std::vector<Member> members_;
  std::optional<ServerId> primary_;
  replication::Appointment appointment_;
  replication::BinlogState history_;
  std::optional<bool> semi_sync_;  // nothing until a primary was seen
};

}  // namespace understudy::failover

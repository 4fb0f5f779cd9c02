#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"
#include "routing/load.h"
#include "routing/session_reads.h"
#include "sql/statement.h"

namespace understudy::routing {

using Consistency = sql::Consistency;

enum class Balance : std::uint8_t { LeastOutstanding, RoundRobin, Latency };

enum class PrimaryReads : std::uint8_t {
  Fallback,  // the primary answers what no replica may
  Always,    // it takes its share of all reads
  Never,     // it does not stand in for missing replicas; it still answers `strong`, and what only
             // it can answer for a session
};

// How reads are spread: the `[reads]` table of the configuration.
struct Options {
  Balance balance = Balance::LeastOutstanding;
  PrimaryReads primary_reads = PrimaryReads::Fallback;
  std::string zone;                         // preferred; empty: none
  Duration wait = std::chrono::seconds(1);  // how long a read may wait for a position
};

// A set of servers.
class ServerSet {
 public:
  void add(replication::ServerId id) { bits_ |= std::uint64_t{1} << id.value(); }
  [[nodiscard]] bool has(replication::ServerId id) const {
    return ((bits_ >> id.value()) & 1) != 0;
  }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

 private:
  std::uint64_t bits_ = 0;
};
static_assert(replication::kMaxServers <= 64);

// What is to be routed.
struct Request {
  bool read = false;  // false: needs the primary (writes, transactions, whatever is in doubt)
  Consistency consistency = Consistency::Session;
  Duration max_lag{};       // with Bounded
  std::string_view tag;     // only servers with this tag may answer; empty: all
  std::string_view zone;    // preferred; empty: that of Options
  bool replica = false;     // only a replica may answer, as with PrimaryReads::Never
  std::string_view server;  // this server answers; empty: any
  ServerSet excluded;       // have just failed for this statement
  Instant now{};

  // The hints of the statement's comment win over the session's settings.
  void apply(const sql::Hints& hints);
};

// Why a statement goes where it goes, or nowhere.
enum class Reason : std::uint8_t {
  // With a target.
  NeedsPrimary,      // a write, a transaction, or in doubt
  Strong,            // consistency `strong`
  Named,             // hint server(x)
  Replica,           // any healthy replica: `eventual`, or nothing seen yet
  WithinBound,       // known to be within max_lag
  BoundAfterWait,    // will be, after waiting for a position of the primary that is
  CoversSession,     // has all that the session has seen
  SessionAfterWait,  // will have it, after the wait
  StaysOnServer,     // the session's last read was here, and may have shown more than is known
  OtherEpoch,        // only the primary: what the session has seen belongs to another epoch
  SharesReads,       // the primary, by primary_reads = always
  NoReplicaFits,     // the primary: no healthy replica may answer
  NoneFreshEnough,   // the primary: no healthy replica is as new as was asked
  ReadsLastResult,   // set by the caller: what the session's last statement left behind
  OnlyPrimaryHasIt,  // the primary: the server of the session's last read is out
  // Without a target.
  NoPrimary,         // it needs the primary and there is none
  PrimaryDown,       // it needs the primary, which does not answer
  PrimaryExcluded,   // it needs the primary, which has just failed for this statement
  PrimaryClosed,     // it needs the primary, and a change of primary is under way
  NoReplicaAllowed,  // no replica may answer, and primary_reads = never
  UnknownServer,     // hint server(x): no such server
  ServerUnusable,    // hint server(x): down, drained, excluded, or not as fresh as asked
  UnknownTag,        // hint tag(x): no server has it
};

// A sentence for people, static.
std::string_view to_text(Reason reason);

struct Route {
  bool found = false;
  replication::ServerId target;
  Reason reason = Reason::NoPrimary;
  // The result counts for SessionReads: note it there when it has ended.
  bool tracked = false;
  // Other servers could answer too, if it were known what the session has seen on the target:
  // better ask that one for its position first, call SessionReads::settle_with() and route again.
  // If that fails, the target answers as it is.
  bool settle_first = false;
  // The answer shows all that had been committed so long before Request::now; zero for the primary,
  // nullopt: not known.
  std::optional<Duration> staleness;
  // Not empty: wait for this position on the target first, in the same write as the read, at most
  // Options::wait; when that times out, route again with the target excluded. Never set for the
  // primary. After a successful wait call Load::learn().
  replication::Position wait_for;
};

// Says where a statement goes. Looks at every server once or twice, allocates nothing (for
// positions of up to two domains). `load` is that of the calling worker; its rotation moves on.
// `reads` is settled by the snapshot first.
Route route(const Request& request, const replication::Topology& topology, SessionReads& reads,
            const Options& options, Load& load);

// The error of a route without a target: one line that says what is missing and what to do.
// Unreachable; Invalid for UnknownServer and UnknownTag.
Error explain(const Route& route, const Request& request, const replication::Topology& topology);

}  // namespace understudy::routing

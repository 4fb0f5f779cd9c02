#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "replication/position.h"
#include "replication/topology.h"

namespace understudy::routing {

// What one session has seen, so that its later reads (consistency `session`) show its own writes
// and never go back in time.
//
// `seen` is a position that a server must have applied before it may answer. A write's position is
// known at once, from its OK packet. A read's is not: it may have shown anything that the server
// had by then. So the server of the last read and the moment it ended are kept, and the session is
// "unsettled": only that server (which never goes back) or the primary may answer next. It settles
// when a snapshot holds a position of that server whose request was sent after the read had ended;
// that position covers whatever the read showed, and any server that has it may answer.
//
// A replica may show what the primary does not show yet (it gets a transaction when it is in the
// binary log, before it is committed there). So the moment of the last read on a replica is kept as
// well: until the primary is known to show what replicas showed by then, it is behind the session.
//
// Positions of different epochs cannot be compared. What a session has seen in another epoch leaves
// it to the primary, until it has read there and settled. The moment of the last read on a replica
// outlives the epoch: a read that was under way when it began may have shown what the new primary
// has logged, and does not show yet.
//
// A pure value that belongs to one session. Callers note what is tracked (Route::tracked): writes,
// and reads that ran under `session`, `strong` or on the primary; `eventual` and `bounded` reads
// promise nothing to the reads after them.
class SessionReads {
 public:
  // A read on `server` ended at `finished`; `topology` is the current snapshot. It may be an answer
  // that somebody else read some time ago, where the session might have.
  void note_read(replication::ServerId server, Instant finished,
                 const replication::Topology& topology);

  // A write on the primary `server` was acknowledged with this position (`last_gtid`) at
  // `finished`; an empty one (nothing was logged) counts as a read. In a cluster of one domain it
  // settles what was seen before: all that was visible then is earlier in the same binary log.
  void note_write(const replication::Position& written, replication::ServerId server,
                  Instant finished, const replication::Topology& topology);

  // Something was seen that a server shows at this position, and that was logged by `logged`. The
  // position covers whatever was not settled.
  void note_position(const replication::Position& position, Instant logged,
                     const replication::Topology& topology);

  // Settles if the snapshot allows it. Cheap; route() calls it.
  void settle(const replication::Topology& topology);

  // Settles by a position that was read, by a request sent after the last read or write had ended,
  // on that same server or on the primary of the current epoch. For `SELECT @understudy_token`,
  // which cannot wait for the monitor. On the primary take gtid_binlog_pos.
  void settle_with(const replication::Position& position, const replication::Topology& topology);

  // Nothing was seen that a read would have to show.
  [[nodiscard]] bool fresh() const { return !any_; }
  [[nodiscard]] bool settled() const { return !unsettled_; }
  // True if what was seen can be compared with this snapshot's positions.
  [[nodiscard]] bool comparable(const replication::Topology& topology) const {
    return fresh() || (!foreign_ && epoch_ == topology.epoch);
  }
  // When something was last seen elsewhere than on the primary, which may not show it yet; the
  // clock's begin if never, or if the primary has acknowledged a write since.
  [[nodiscard]] Instant seen_elsewhere() const { return seen_elsewhere_; }
  [[nodiscard]] const replication::Position& seen() const { return seen_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // The server that alone (with the primary) may answer; only when not settled.
  [[nodiscard]] replication::ServerId unsettled_server() const { return unsettled_server_; }
  [[nodiscard]] Instant unsettled_since() const { return unsettled_since_; }
  // How many reads have been noted since the session was settled.
  [[nodiscard]] std::uint32_t unsettled_reads() const { return unsettled_reads_; }

  // What this session has seen, for another connection, process or service:
  // "understudy:<cluster>:<epoch>:<server id of the primary>:<position>", or "" if nothing was
  // seen. Errors: Invalid when not settled (call settle_with() first).
  [[nodiscard]] Result<std::string> token(const replication::Topology& topology) const;

  // Makes the session's reads at least as fresh as the token's session was; the empty text changes
  // nothing. A token of another epoch or primary leaves the session to the primary. Errors:
  // Invalid, if it is no token or one of another cluster; the session is then unchanged.
  Result<void> adopt_token(std::string_view text, Instant now,
                           const replication::Topology& topology);

 private:
  void enter_epoch(std::uint64_t epoch);
  void settled_at(const replication::Position& position);

  replication::Position seen_;
  bool any_ = false;         // something was seen
  std::uint64_t epoch_ = 0;  // of seen_ and of the unsettled read
  bool foreign_ = false;     // something was seen in a history that this snapshot does not know
  bool unsettled_ = false;
  replication::ServerId unsettled_server_;
  Instant unsettled_since_{};
  std::uint32_t unsettled_reads_ = 0;
  Instant seen_elsewhere_{};
};

}  // namespace understudy::routing

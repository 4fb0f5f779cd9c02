#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "replication/flavour.h"
#include "replication/position.h"

namespace understudy::replication {

// A server of the configuration, by its index there.
using ServerId = StrongId<struct ServerIdTag, std::uint16_t>;

// More servers than this are refused by the configuration; fixed arrays rely on it.
inline constexpr std::size_t kMaxServers = 64;

enum class Role : std::uint8_t {
  Unknown,  // never reached, or neither writable nor replicating
  Primary,
  Replica,
};

enum class Health : std::uint8_t {
  Up,
  Down,      // does not answer
  Lagging,   // a replica further behind than `reads.max_lag`
  Drained,   // taken out by a person
  Diverged,  // a replica with transactions that the primary does not have
};

constexpr std::string_view to_text(Role role) {
  switch (role) {
    case Role::Unknown:
      return "unknown";
    case Role::Primary:
      return "primary";
    case Role::Replica:
      return "replica";
  }
  return "unknown";
}

constexpr std::string_view to_text(Health health) {
  switch (health) {
    case Health::Up:
      return "up";
    case Health::Down:
      return "down";
    case Health::Lagging:
      return "lagging";
    case Health::Drained:
      return "drained";
    case Health::Diverged:
      return "diverged";
  }
  return "down";
}

// What is known of one server at one moment.
struct ServerView {
  // From the configuration.
  ServerId id;
  std::string name;
  Address address;
  std::string zone;
  std::uint32_t weight = 100;    // share of the reads; 0: none
  std::uint32_t priority = 100;  // for promotion; 0: never
  std::vector<std::string> tags;

  Role role = Role::Unknown;
  Health health = Health::Down;
  bool drained = false;  // may also be down
  std::string reason;    // why it has this health or role, if that needs saying; one line

  // How old the oldest transaction is that this replica has not applied, as of its last answer. 0
  // for the primary; nullopt while there is nothing to compare with.
  std::optional<Duration> lag;

  // Reads there see at least this (the primary's own position on the primary).
  Position position;
  // No read there that ended before `position_observed_at` has seen more than this: `position` and
  // what was in the binary log but perhaps not yet in gtid_slave_pos.
  Position may_show;
  // When the request that read both was sent.
  Instant position_observed_at{};
  // A replica: the send-time of the newest observation of the primary that `position` covers. What
  // it shows is never older than this (see lag_tracker.h). nullopt: none is covered.
  std::optional<Instant> covers_primary_as_of;

  Flavour flavour = Flavour::MariaDb;
  std::string version;
  std::string hostname;
  std::uint32_t server_id = 0;
  ServerUuid server_uuid{};  // MySQL
  bool read_only = false;
  bool replication_running = false;  // both threads of every source run
  bool semi_sync = false;
  std::uint64_t max_allowed_packet = 0;  // bytes
  std::string sql_mode;                  // of new sessions

  [[nodiscard]] bool has_tag(std::string_view tag) const;
  [[nodiscard]] ServerIdentity identity() const { return {server_id, server_uuid}; }
};

// An immutable snapshot of the cluster; a new one replaces it whole.
struct Topology {
  std::string cluster;
  std::uint64_t revision = 0;  // grows with every snapshot of one process
  std::uint64_t epoch = 0;     // 0: no primary was ever found; grows by one whenever it changes
  std::optional<ServerId> primary;  // may be down: then nothing has taken its place
  // A change of primary is under way: the primary gets no new transaction or statement, those that
  // it has begun may end.
  bool primary_closed = false;
  std::string no_primary_reason;    // set when there is no primary; one line
  std::vector<ServerView> servers;  // by ServerId

  // nullptr if there is none.
  [[nodiscard]] const ServerView* find(ServerId id) const;
  [[nodiscard]] const ServerView* find(std::string_view name) const;
  [[nodiscard]] const ServerView* primary_view() const;
  // The primary if it can take statements now.
  [[nodiscard]] const ServerView* usable_primary() const;
};

using TopologyPtr = std::shared_ptr<const Topology>;

}  // namespace understudy::replication

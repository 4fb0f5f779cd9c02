#include "routing/route.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace understudy::routing {
namespace {

using replication::Health;
using replication::Position;
using replication::Role;
using replication::ServerId;
using replication::ServerView;
using replication::Topology;

// A replica that is this little behind is expected to have a position by the time a read arrives,
// so waiting there costs less than leaving it idle. Without this, reads would drift to whichever
// replica was probed last: only that one is known to have what it showed.
constexpr Duration kNearLag = std::chrono::milliseconds(20);

// A session that reads without a pause is never settled by the monitor, and would stay on its
// server for good. After so many reads there it is worth a question to that server.
constexpr std::uint32_t kReadsPerStay = 16;

// Servers take turns, which spreads reads evenly, until one has this many more under way than the
// least busy one: it is slow or stuck, and passed over. Following queues more closely does not
// shorten them: measured with 64 sessions, whichever server happened to be slower then got a third
// of the reads for minutes, at no gain for the rest.
constexpr double kEqualQueuesFactor = 4;
constexpr double kEqualQueuesMore = 32;

// Replicas this far behind the best one take part in a session's reads all the same: under load all
// lag a little, and the one whose position was learned last would get everything. Those that wait
// there count as its load, which limits how many do.
constexpr Duration kLagSpread = std::chrono::milliseconds(100);

// A server that had to be passed over (busier, behind, a session that stayed elsewhere) is owed at
// most so many reads: the shares even out, and one that comes back is not flooded.
constexpr std::int64_t kTurnsOwedMax = 1000;

class Candidates {
 public:
  void add(const ServerView& server) {
    servers_[size_++] = &server;
    added_ = size_;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const ServerView** begin() { return servers_.data(); }
  [[nodiscard]] const ServerView** end() { return servers_.data() + size_; }

  // All that were added, whether they were kept or not.
  [[nodiscard]] std::span<const ServerView*> all() { return {servers_.data(), added_}; }

  // Keeps those that `keep` accepts, if there are any; says whether there were.
  template <typename Predicate>
  bool narrow(Predicate keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      // Swapping keeps the others for the case that none is accepted.
      if (keep(*servers_[i])) std::swap(servers_[kept++], servers_[i]);
    }
    if (kept == 0) return false;
    size_ = kept;
    return true;
  }

 private:
  std::array<const ServerView*, replication::kMaxServers> servers_{};
  std::size_t size_ = 0;
  std::size_t added_ = 0;
};

// A server of weight 0 gets only what asks for its tag, and takes part there like any other.
std::int64_t weight_of(const ServerView& server) {
  return server.weight == 0 ? 100 : server.weight;
}

// Routes one request; lives on the stack of route().
class Router {
 public:
  Router(const Request& request, const Topology& topology, const SessionReads& reads,
         const Options& options, Load& load)
      : request_(request), topology_(topology), reads_(reads), options_(options), load_(load) {}

  Route run();

 private:
  [[nodiscard]] PrimaryReads primary_reads() const {
    return request_.replica ? PrimaryReads::Never : options_.primary_reads;
  }
  [[nodiscard]] std::string_view zone() const {
    return request_.zone.empty() ? std::string_view(options_.zone) : request_.zone;
  }
  [[nodiscard]] bool allowed(const ServerView& server) const;
  [[nodiscard]] bool has_seen(const ServerView& server) const;
  [[nodiscard]] bool within_bound(const ServerView& server) const;
  [[nodiscard]] Position recent_primary_position() const;
  void collect();

  Route to(const ServerView& server, Reason reason, const Position& wait_for = {}) const;
  Route nowhere(Reason reason) const;
  Route primary(Reason reason) const;
  Route instead(Reason reason) const;
  Route named() const;
  Route any();
  Route bounded();
  Route session();
  Route session_wait();
  Route pick(Candidates& from, Reason reason, const Position& wait_for = {});
  const ServerView& balance(Candidates& from);
  void charge(const ServerView& chosen);
  void keep_least_busy(Candidates& from);
  void keep_quickest(Candidates& from);

  const Request& request_;
  const Topology& topology_;
  const SessionReads& reads_;
  const Options& options_;
  Load& load_;
  Candidates candidates_;
};

// A replica (or, where it shares the reads, the primary) that may take part at all.
bool Router::allowed(const ServerView& server) const {
  if (server.health != Health::Up || request_.excluded.has(server.id)) return false;
  if (!request_.tag.empty() && !server.has_tag(request_.tag)) return false;
  if (server.weight == 0 && request_.tag.empty()) return false;
  return server.role == Role::Replica ||
         (server.role == Role::Primary && !topology_.primary_closed &&
          primary_reads() == PrimaryReads::Always);
}

bool Router::has_seen(const ServerView& server) const {
  if (server.role == Role::Primary || server.position.covers(reads_.seen())) return true;
  const ServerLoad& load = load_.at(server.id);
  return load.learned_epoch == topology_.epoch && load.learned.covers(reads_.seen());
}

bool Router::within_bound(const ServerView& server) const {
  if (server.role == Role::Primary) return true;
  return server.covers_primary_as_of &&
         request_.now - *server.covers_primary_as_of <= request_.max_lag;
}

// What the primary had at a moment that is within the bound; empty if that is not known.
Position Router::recent_primary_position() const {
  const ServerView* primary = topology_.primary_view();
  if (primary == nullptr || request_.now - primary->position_observed_at > request_.max_lag)
    return {};
  return primary->position;
}

void Router::collect() {
  for (const ServerView& server : topology_.servers) {
    if (allowed(server)) candidates_.add(server);
  }
}

Route Router::to(const ServerView& server, Reason reason, const Position& wait_for) const {
  Route route;
  route.found = true;
  route.target = server.id;
  route.reason = reason;
  route.tracked = !request_.read || request_.consistency == Consistency::Session ||
                  request_.consistency == Consistency::Strong;
  if (server.role == Role::Primary) {
    route.staleness = Duration::zero();
    return route;
  }
  route.wait_for = wait_for;
  const std::optional<Instant> as_of = reason == Reason::BoundAfterWait
                                           ? topology_.primary_view()->position_observed_at
                                           : server.covers_primary_as_of;
  if (as_of) route.staleness = request_.now - *as_of;
  return route;
}

Route Router::nowhere(Reason reason) const {
  Route route;
  route.reason = reason;
  return route;
}

Route Router::primary(Reason reason) const {
  const ServerView* primary = topology_.primary_view();
  if (primary == nullptr) return nowhere(Reason::NoPrimary);
  if (topology_.primary_closed) return nowhere(Reason::PrimaryClosed);
  if (primary->health == Health::Down) return nowhere(Reason::PrimaryDown);
  if (request_.excluded.has(primary->id)) return nowhere(Reason::PrimaryExcluded);
  return to(*primary, reason);
}

// The primary, where it may stand in for replicas.
Route Router::instead(Reason reason) const {
  if (primary_reads() == PrimaryReads::Never) return nowhere(Reason::NoReplicaAllowed);
  return primary(reason);
}

Route Router::run() {
  if (!request_.read) return primary(Reason::NeedsPrimary);
  if (!request_.server.empty()) return named();
  if (request_.consistency == Consistency::Strong) return primary(Reason::Strong);
  if (!request_.tag.empty()) {
    bool known = false;
    for (const ServerView& server : topology_.servers)
      known = known || server.has_tag(request_.tag);
    if (!known) return nowhere(Reason::UnknownTag);
  }
  collect();
  switch (request_.consistency) {
    case Consistency::Bounded:
      return bounded();
    case Consistency::Session:
      return session();
    case Consistency::Eventual:
    case Consistency::Strong:
      break;
  }
  return any();
}

// The hint names the server; the session's own position is waited for there, a bound must hold.
Route Router::named() const {
  const ServerView* server = topology_.find(request_.server);
  if (server == nullptr) return nowhere(Reason::UnknownServer);
  const bool usable = server->health != Health::Down && !server->drained &&
                      server->role != Role::Unknown && !request_.excluded.has(server->id);
  if (!usable) return nowhere(Reason::ServerUnusable);
  if (server->role == Role::Primary) return primary(Reason::Named);
  switch (request_.consistency) {
    case Consistency::Eventual:
      return to(*server, Reason::Named);
    case Consistency::Strong:
      return nowhere(Reason::ServerUnusable);
    case Consistency::Bounded: {
      if (within_bound(*server)) return to(*server, Reason::Named);
      const Position recent = recent_primary_position();
      return recent.empty() ? nowhere(Reason::ServerUnusable) : to(*server, Reason::Named, recent);
    }
    case Consistency::Session:
      break;
  }
  const bool stays = !reads_.settled() && reads_.unsettled_server() == server->id;
  const bool possible = reads_.comparable(topology_) && (reads_.settled() || stays);
  if (!possible) return nowhere(Reason::ServerUnusable);
  return stays || has_seen(*server) ? to(*server, Reason::Named)
                                    : to(*server, Reason::Named, reads_.seen());
}

Route Router::any() {
  return candidates_.empty() ? instead(Reason::NoReplicaFits) : pick(candidates_, Reason::Replica);
}

Route Router::bounded() {
  if (candidates_.empty()) return instead(Reason::NoReplicaFits);
  if (candidates_.narrow([this](const ServerView& server) { return within_bound(server); }))
    return pick(candidates_, Reason::WithinBound);
  const Position recent = recent_primary_position();
  const bool near = candidates_.narrow(
      [](const ServerView& server) { return server.lag && *server.lag <= kNearLag; });
  if (near && !recent.empty()) return pick(candidates_, Reason::BoundAfterWait, recent);
  return instead(Reason::NoneFreshEnough);
}

Route Router::session() {
  if (!reads_.comparable(topology_)) return primary(Reason::OtherEpoch);
  if (reads_.fresh()) return any();
  if (!reads_.settled()) {
    const ServerView* last = topology_.find(reads_.unsettled_server());
    const bool stays = last != nullptr && last->role == Role::Replica && allowed(*last);
    Route route = stays ? to(*last, Reason::StaysOnServer) : primary(Reason::OnlyPrimaryHasIt);
    if (stays) charge(*last);
    route.settle_first = route.found && route.target == reads_.unsettled_server() &&
                         reads_.unsettled_reads() >= kReadsPerStay &&
                         candidates_.size() > (stays ? 1 : 0);
    return route;
  }
  if (candidates_.empty()) return instead(Reason::NoReplicaFits);
  return session_wait();
}

// All candidates that have what the session has seen, or will in a moment; else the least lagging
// one that can make it within the wait.
Route Router::session_wait() {
  Duration least_lag = options_.wait;
  for (const ServerView* server : candidates_) {
    if (server->lag) least_lag = std::min(least_lag, *server->lag);
  }
  const Duration near = std::min(least_lag + kLagSpread, options_.wait);
  const bool soon = candidates_.narrow([&](const ServerView& server) {
    return has_seen(server) || (server.lag && *server.lag <= near);
  });
  if (soon) return pick(candidates_, Reason::CoversSession, reads_.seen());
  const ServerView* least = nullptr;
  for (const ServerView* server : candidates_) {
    if (!server->lag || *server->lag > options_.wait) continue;
    if (least == nullptr || *server->lag < *least->lag) least = server;
  }
  if (least != nullptr) return to(*least, Reason::SessionAfterWait, reads_.seen());
  return primary(Reason::NoneFreshEnough);
}

// `wait_for` is dropped where it is known to be applied.
Route Router::pick(Candidates& from, Reason reason, const Position& wait_for) {
  const ServerView& server = balance(from);
  if (server.role == Role::Primary) return to(server, Reason::SharesReads);
  if (reason == Reason::CoversSession && !has_seen(server))
    return to(server, Reason::SessionAfterWait, wait_for);
  if (reason == Reason::CoversSession) return to(server, reason);
  return to(server, reason, wait_for);
}

void Router::keep_least_busy(Candidates& from) {
  const auto queue = [this](const ServerView& server) {
    return static_cast<double>(load_.at(server.id).outstanding) /
           static_cast<double>(weight_of(server));
  };
  double shortest = std::numeric_limits<double>::max();
  for (const ServerView* server : from)
    shortest = std::min(shortest, queue(*server));
  const auto about_as_short = [&](const ServerView& server) {
    return queue(server) <= shortest * kEqualQueuesFactor +
                                kEqualQueuesMore / static_cast<double>(weight_of(server));
  };
  from.narrow(about_as_short);
}

// By the time that one more statement would take there.
void Router::keep_quickest(Candidates& from) {
  const auto time = [this](const ServerView& server) {
    const ServerLoad& load = load_.at(server.id);
    return static_cast<double>(load.latency.count()) * (static_cast<double>(load.outstanding) + 1) /
           static_cast<double>(weight_of(server));
  };
  double shortest = std::numeric_limits<double>::max();
  for (const ServerView* server : from)
    shortest = std::min(shortest, time(*server));
  from.narrow([&](const ServerView& server) { return time(server) <= shortest; });
}

const ServerView& Router::balance(Candidates& from) {
  if (!zone().empty())
    from.narrow([this](const ServerView& server) { return server.zone == zone(); });
  switch (options_.balance) {
    case Balance::RoundRobin:
      break;
    case Balance::LeastOutstanding:
      keep_least_busy(from);
      break;
    case Balance::Latency:
      keep_quickest(from);
      break;
  }

  // Among equals the one that is owed most.
  const auto turn_of = [this](const ServerView* server) {
    return load_.at(server->id).turn + weight_of(*server);
  };
  const ServerView& chosen = **std::ranges::max_element(from, {}, turn_of);
  charge(chosen);
  return chosen;
}

// The turn goes around by weight (smooth weighted round robin, as in nginx): each that might have
// had this read gains its weight, the one that gets it pays for all.
void Router::charge(const ServerView& chosen) {
  std::int64_t total = 0;
  for (const ServerView* server : candidates_.all()) {
    const bool passed_over = chosen.zone == zone() && server->zone != zone();
    if (passed_over && !zone().empty()) continue;
    total += weight_of(*server);
    std::int64_t& turn = load_.at(server->id).turn;
    turn = std::min(turn + weight_of(*server), kTurnsOwedMax * weight_of(*server));
  }
  std::int64_t& turn = load_.at(chosen.id).turn;
  turn = std::max(turn - total, -kTurnsOwedMax * weight_of(chosen));
}

}  // namespace

void Request::apply(const sql::Hints& hints) {
  if (hints.consistency) consistency = *hints.consistency;
  if (hints.max_lag) max_lag = *hints.max_lag;
  if (!hints.tag.empty()) tag = hints.tag;
  if (!hints.server.empty()) server = hints.server;
  if (!hints.zone.empty()) zone = hints.zone;
  replica = replica || hints.replica;
}

Route route(const Request& request, const Topology& topology, SessionReads& reads,
            const Options& options, Load& load) {
  reads.settle(topology);
  return Router(request, topology, reads, options, load).run();
}

}  // namespace understudy::routing

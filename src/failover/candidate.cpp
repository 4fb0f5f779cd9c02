#include "failover/candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace understudy::failover {
namespace {

using replication::BinlogState;
using replication::Gtid;
using replication::ReplicaStatus;
using replication::TransactionId;

// Transactions of the server's own that were never the cluster's. What came from others is only
// newer than what we saw of the last primary.
BinlogState errant(const Member& member, const BinlogState& history) {
  return member.last->binlog_state.beyond(history).of_server(member.last->identity());
}

// Without a past to compare with, its own transactions may be those of an earlier lead.
bool has_own(const Member& member, const BinlogState& history) {
  return member.last && !history.empty() && !errant(member, history).empty();
}

// What it shows that the cluster has. Where there is no past to compare with, what it wrote may be
// what clients were told as the last.
Position seen_of(const Member& member, const BinlogState& history) {
  Position seen = member.best_received;
  if (history.empty()) seen.merge(member.received());
  return seen;
}

// Whether it is sure not to have the transaction although its position is no lower: it has gone on
// with transactions of its own. Positions of MariaDB do not show that, the state of its binary log
// does.
bool went_another_way(const Member& member, const Position& received, const TransactionId& id) {
  const auto* wanted = std::get_if<Gtid>(&id);
  if (wanted == nullptr) return false;
  for (std::size_t i = 0; i < received.domain_count(); ++i) {
    const Gtid& last = received.at(i);
    if (last.domain != wanted->domain || last.server == wanted->server) continue;
    if (last.sequence == wanted->sequence) return true;
    return !member.replicates() && !member.last->binlog_state.has(id);
  }
  return false;
}

// The transactions that are received but not applied.
std::uint64_t backlog(const Member& member) {
  return member.replicates() ? member.received().ahead_of(member.last->applied) : 0;
}

}  // namespace

Position lacking(const Member& member, const Position& wanted) {
  const Position received = member.received();
  if (wanted.flavour() == replication::Flavour::MySql)
    return Position(wanted.mysql_set().minus(received.mysql_set()));
  Position missing;
  for (const TransactionId& id : wanted.transactions())
    if (!received.covers(id) || went_another_way(member, received, id)) missing.add(id);
  return missing;
}

Position lacking(const Member& member, const std::vector<Position>& wanted) {
  Position missing;
  for (const Position& each : wanted)
    missing.merge(lacking(member, each));
  return missing;
}

std::string unfit(const Member& member, const BinlogState& history) {
  if (!member.answers || !member.last) return "does not answer";
  if (member.priority == 0) return "has priority 0";
  const ServerObservation& seen = *member.last;
  if (!seen.binlog) return "has no binary log";
  if (!seen.log_replica_updates) return "does not log what it replicates";
  if (has_own(member, history)) {
    return fmt::format("has transactions of its own: {}",
                       replication::to_string(errant(member, history)));
  }
  for (const ReplicaStatus& source : seen.sources) {
    if (!source.using_gtid) return "replicates without GTIDs";
    if (source.last_sql_error_code != 0 && !source.sql_running)
      return fmt::format("cannot apply: {}", source.last_sql_error);
  }
  return {};
}

bool in_step(const Member& member, const BinlogState& history) {
  if (!member.answers || !member.last) return false;
  if (has_own(member, history)) return false;
  return std::ranges::none_of(member.last->sources, [](const ReplicaStatus& source) {
    return source.last_sql_error_code != 0 && !source.sql_running;
  });
}

Choice choose(const Detector& detector, const Position& acknowledged,
              const std::vector<ServerId>& not_these) {
  // One by one: of two histories a single position would show only the longer.
  std::vector<Position> wanted = {acknowledged};
  std::vector<const Member*> fit;
  std::string reasons;
  for (const Member& member : detector.members()) {
    // One that was restarted as a replica, before its promotion was complete, may be the best.
    if (member.id == detector.primary() && !(member.answers && member.replicates())) continue;
    if (!has_own(member, detector.history())) wanted.push_back(seen_of(member, detector.history()));
    std::string why = unfit(member, detector.history());
    if (why.empty() && std::ranges::count(not_these, member.id) > 0) why = "failed just now";
    if (why.empty()) {
      fit.push_back(&member);
    } else {
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : "; ", member.name, why);
    }
  }
  if (fit.empty()) return {std::nullopt, {}, "no server can take the lead: " + reasons};

  const std::string zone = detector.primary() ? detector.member(*detector.primary()).zone : "";
  const auto rank = [&](const Member* member) {
    std::size_t has_more_than = 0;
    for (const Member* other : fit)
      has_more_than += member->received().covers(other->received()) ? 1 : 0;
    return std::tuple(lacking(*member, wanted).empty(), has_more_than, ~backlog(*member),
                      member->zone == zone, member->priority);
  };
  const Member* best = *std::ranges::max_element(fit, {}, rank);
  const Position missing = lacking(*best, wanted);
  std::string reason =
      fmt::format("{} has received {}", best->name, replication::to_string(best->received()));
  if (!missing.empty())
    reason += fmt::format(", but {} is missing", replication::to_string(missing));
  if (!reasons.empty()) reason += "; " + reasons;
  return {best->id, missing, reason};
}

}  // namespace understudy::failover

#include "failover/upkeep.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/server_errors.h"

namespace understudy::failover {
namespace {

constexpr Duration kOrderTimeout = std::chrono::seconds(30);
constexpr Duration kBackoffMin = std::chrono::milliseconds(500);
constexpr Duration kBackoffMax = std::chrono::seconds(30);
// What MySQL shows for protocol::kErrorReadingBinlog: ER_SERVER_SOURCE_FATAL_ERROR_READING_BINLOG
constexpr std::uint32_t kNotInBinlogMySql = 13114;
// ER_GTID_STRICT_OUT_OF_ORDER
constexpr std::uint32_t kOutOfOrder = 1950;

// CR_MIN_ERROR, CR_MAX_ERROR
constexpr std::uint32_t kFirstClientError = 2000;
constexpr std::uint32_t kLastClientError = 2999;

// What keeps it from replicating and no retry helps against: its source does not have what it asks
// for (it was purged, or the replica's history is another), or it has gone on by itself. Empty if
// there is nothing of the kind.
std::string broken(const Member& member) {
  for (const replication::ReplicaStatus& source : member.last->sources) {
    const std::uint32_t error = source.last_io_error_code;
    if (!source.io_running &&
        (error == protocol::kErrorReadingBinlog || error == kNotInBinlogMySql))
      return source.last_io_error;
    if (!source.sql_running && source.last_sql_error_code == kOutOfOrder)
      return source.last_sql_error;
  }
  return {};
}

// Whether it replicates, through whatever chain, from the primary.
bool leads_to(const Detector& detector, const Member& member, const Member& primary,
              std::size_t depth = 0) {
  if (follows(member, primary)) return true;
  if (depth > detector.members().size()) return false;
  return std::ranges::any_of(detector.members(), [&](const Member& source) {
    return source.id != member.id && source.answers && source.replicates() &&
           follows(member, source) && leads_to(detector, source, primary, depth + 1);
  });
}

// Its receiving was ended, not by an error: by a failover that was cut short or given up. After an
// error of the connection, which may still be shown, the server would try again.
bool stands_still(const Member& member) {
  return std::ranges::any_of(member.last->sources, [](const replication::ReplicaStatus& source) {
    const std::uint32_t error = source.last_io_error_code;
    const bool ended = error == 0 || (error >= kFirstClientError && error <= kLastClientError);
    return !source.io_running && !source.io_connecting && ended;
  });
}

// Its applying was ended without an error.
bool at_rest(const Member& member) {
  return std::ranges::any_of(member.last->sources, [](const replication::ReplicaStatus& source) {
    return !source.sql_running && source.last_sql_error_code == 0;
  });
}

}  // namespace

void Upkeep::reset() {
  // What was ordered is still under way.
  std::erase_if(care_, [](const auto& each) { return !each.second.order; });
  for (auto& [server, care] : care_)
    care = Care{care.order, {}, {}, {}, false, {}, {}};
  read_only_since_.reset();
}

void Upkeep::rejoin(ServerId server) {
  Care& care = care_[server];
  care.wanted = true;
  care.not_before = {};
  care.last_report.clear();
  care.last_error.clear();
}

void Upkeep::finished(OrderId id, const OrderResult& result, Instant now) {
  for (auto& [server, care] : care_) {
    if (care.order != id) continue;
    care.order.reset();
    care.backoff =
        result.error ? std::clamp(care.backoff * 2, kBackoffMin, kBackoffMax) : Duration::zero();
    care.not_before = now + care.backoff;
    // What it was given for is seen again before anything else is done.
    care.seen_at = now;
  }
}

std::vector<ServerId> Upkeep::step(Desk& desk) {
  std::vector<ServerId> rebuild;
  read_only_since_.reset();
  for (const Member& member : desk.detector().members()) {
    Care& care = care_[member.id];
    const bool stale = !member.answers || member.last->sent <= care.seen_at;
    if (stale || care.order || desk.now() < care.not_before) continue;
    // Whoever changes roles by hand must not find us in the way.
    if (!desk.settings().automatic && !care.wanted) continue;
    if (member.id != desk.detector().primary()) {
      const bool diverged = report_extra(desk, member, care);
      if (report_broken(desk, member, care) || diverged) rebuild.push_back(member.id);
    }
    std::vector<Action> actions = needed(desk, member);
    if (!actions.empty()) care.order = desk.give(member.id, std::move(actions), kOrderTimeout);
  }
  return rebuild;
}

// Returns whether there is something new to report.
bool Upkeep::report_extra(Desk& desk, const Member& member, Care& care) {
  const std::optional<std::string> beyond = extra(desk, member);
  if (!beyond || *beyond == std::exchange(care.last_report, *beyond) || beyond->empty())
    return false;
  desk.note("extra_transactions", {{"server", member.name}, {"gtids", *beyond}});
  return true;
}

// Returns whether there is something new to report.
bool Upkeep::report_broken(Desk& desk, const Member& member, Care& care) {
  // Told after what it has of its own, as the cause. One that asks another source is sent to the
  // primary first.
  if (!extra(desk, member)) return false;
  const bool astray = !follows(member, desk.detector().member(*desk.detector().primary()));
  std::string error = broken(member);
  if (astray || error == std::exchange(care.last_error, error) || error.empty()) return false;
  desk.note("replication_broken", {{"server", member.name}, {"error", error}});
  return true;
}

// What its binary log has of its own, or of others, that the primary's has not. The primary must
// have been asked later: it would else only be older, and nothing can be said.
std::optional<std::string> Upkeep::extra(const Desk& desk, const Member& member) {
  const Member& primary = desk.detector().member(*desk.detector().primary());
  if (primary.last->sent <= member.last->answered) return std::nullopt;
  return replication::to_string(member.last->binlog_state.beyond(primary.last->binlog_state));
}

std::vector<Action> Upkeep::needed(const Desk& desk, const Member& member) {
  const Detector& detector = desk.detector();
  const Member& primary = detector.member(*detector.primary());
  std::vector<Action> actions;
  if (member.id == primary.id) {
    // A promotion that was cut short.
    if (member.replicates()) return detaching();
    const bool acknowledger = std::ranges::any_of(detector.members(), [&](const Member& other) {
      return other.id != primary.id && other.answers && other.last->semi_sync_replica &&
             detector.hearing(other, desk.now()) == Hearing::Hears;
    });
    if (acknowledger && !member.last->semi_sync_source && member.last->semi_sync_replica)
      actions.push_back(ActionKind::SemiSyncSourceOn);
    return actions;
  }
  const bool alone = !member.replicates();
  if (member.writable()) {
    // Commits that wait for an acknowledgement would keep it from closing, and must not get an
    // answer: their connections go first.
    if (alone) actions.push_back(ActionKind::CutClients);
    actions.push_back(ActionKind::Close);
    // A promotion that was cut short has ended its applying.
    if (!alone && at_rest(member)) actions.push_back(ActionKind::StartApplying);
    return actions;
  }
  if (member.last->semi_sync_source) actions.push_back(ActionKind::SemiSyncSourceOff);
  const bool cut_off = !broken(member).empty() && !follows(member, primary);
  const bool astray = alone || cut_off || !leads_to(detector, member, primary);
  if (astray && (desk.settings().rejoin || care_[member.id].wanted) &&
      extra(desk, member) == std::string())
    return following(detector, member.id, primary.id);
  if (!astray && stands_still(member)) {
    // Whoever stops applying alone, for a backup, is left alone.
    actions.push_back(ActionKind::StartApplying);
    actions.push_back(ActionKind::StartReceiving);
  }
  return actions;
}

void Upkeep::open_primary(Desk& desk) {
  const Member& primary = desk.detector().member(*desk.detector().primary());
  Care& care = care_[primary.id];
  if (!read_only_since_) read_only_since_ = desk.now();
  // Somebody may be at work on it; a change of primary by hand begins so, too.
  if (desk.now() - *read_only_since_ < desk.settings().detector.after) return;
  if (care.order || desk.now() < care.not_before || primary.last->sent <= care.seen_at) return;
  desk.note("primary_opened", {{"server", primary.name}});
  std::vector<Action> actions;
  if (primary.replicates()) actions = detaching();
  std::ranges::copy(opening(desk.detector(), primary.id), std::back_inserter(actions));
  care.order = desk.give(primary.id, std::move(actions), kOrderTimeout);
}

}  // namespace understudy::failover

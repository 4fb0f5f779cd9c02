#include "failover/detector.h"

#include <fmt/format.h>

#include <algorithm>

namespace understudy::failover {
namespace {

using replication::ReplicaStatus;

// A heartbeat is seen up to a probe's interval after it came.
constexpr int kHeartbeatsMissed = 3;

std::string list(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

bool progressed(const ReplicaStatus& before, const ReplicaStatus& now) {
  return !before.io_running || before.heartbeats != now.heartbeats ||
         !(before.received == now.received);
}

}  // namespace

std::string_view to_text(Diagnosis diagnosis) {
  switch (diagnosis) {
    case Diagnosis::Unknown:
      return "unknown";
    case Diagnosis::Healthy:
      return "healthy";
    case Diagnosis::PrimarySuspected:
      return "primary_suspected";
    case Diagnosis::PrimaryDead:
      return "primary_dead";
    case Diagnosis::PrimarySilent:
      return "primary_silent";
    case Diagnosis::PrimaryUnreachable:
      return "primary_unreachable";
    case Diagnosis::PrimaryFull:
      return "primary_full";
    case Diagnosis::PrimaryReadOnly:
      return "primary_read_only";
    case Diagnosis::NoPrimary:
      return "no_primary";
    case Diagnosis::TooFewServers:
      return "too_few_servers";
    case Diagnosis::SeveralPrimaries:
      return "several_primaries";
  }
  return "unknown";
}

Position Member::received() const {
  Position all = relayed();
  if (last) all.merge(last->logged);
  return all;
}

Position Member::relayed() const {
  Position all;
  if (!last) return all;
  all = last->applied;
  for (const ReplicaStatus& source : last->sources)
    all.merge(source.received);
  return all;
}

bool follows(const Member& replica, const Member& source) {
  if (!replica.last) return false;
  return std::ranges::any_of(replica.last->sources, [&](const ReplicaStatus& status) {
    const bool by_address =
        status.source_host == source.address.host && status.source_port == source.address.port;
    return by_address || (source.last && status.source_server_id == source.last->server_id &&
                          status.source_server_id != 0);
  });
}

Detector::Detector(DetectorSettings settings)
    : settings_(std::move(settings)), appointment_(settings_.servers.size()) {
  for (std::size_t i = 0; i < settings_.servers.size(); ++i) {
    const replication::ServerSettings& server = settings_.servers[i];
    Member member;
    member.id = ServerId(static_cast<std::uint16_t>(i));
    member.name = server.name;
    member.address = server.address;
    member.zone = server.zone;
    member.priority = server.priority;
    members_.push_back(std::move(member));
  }
}

void Detector::set_primary(std::optional<ServerId> primary) {
  if (primary_ == primary) return;
  primary_ = primary;
  for (Member& member : members_)
    member.best_received = {};
  if (!primary || !member(*primary).last) return;
  history_ = member(*primary).last->binlog_state;
  semi_sync_ = member(*primary).last->semi_sync_source;
}

void Detector::appoint(ServerId primary, Instant now) {
  set_primary(primary);
  appointment_.appoint(primary);
  Member& member = members_[primary.value()];
  member.opened_at = now;
  if (!member.last) return;
  member.last->read_only = false;
  history_ = member.last->binlog_state;
}

void Detector::observe(ServerId id, const ServerObservation& observation) {
  Member& member = members_[id.value()];
  member.asked = true;
  if (observation.failure) {
    if (member.answers || !member.failure) member.failing_since = observation.answered;
    member.answers = false;
    member.failure = observation.failure;
    if (member.refuses()) appointment_.down(id);
    return;
  }
  if (observation.sent < member.opened_at) return;
  note_replica(member, observation);
  member.answers = true;
  member.failure.reset();
  if (!observation.disk_full) {
    member.full_since.reset();
  } else if (!member.full_since) {
    member.full_since = observation.sent;
  }
  member.last = observation;
  appointment_.answered(id, observation.read_only || member.replicates());
  if (primary_ == id) {
    history_ = observation.binlog_state;
    // One that was restarted says how it starts, not what its clients were promised; but it may be
    // opened before it is seen again.
    semi_sync_ = observation.semi_sync_source || (semi_sync() && observation.read_only);
  }
}

void Detector::note_replica(Member& member, const ServerObservation& observation) {
  for (const ReplicaStatus& source : observation.sources)
    member.best_received.merge(source.received);
  member.best_received.merge(observation.applied);
  if (observation.sources.size() != 1) return;
  const bool first = !member.last || member.last->sources.size() != 1;
  if (first || progressed(member.last->sources.front(), observation.sources.front()))
    member.heard_at = observation.sent;
}

// While no primary was ever seen: what the replicas are prepared for.
bool Detector::semi_sync() const {
  if (semi_sync_) return *semi_sync_;
  return std::ranges::any_of(
      members_, [](const Member& member) { return member.last && member.last->semi_sync_replica; });
}

Hearing Detector::hearing(const Member& replica, Instant now) const {
  if (!replica.answers || !primary_ || !follows(replica, member(*primary_)))
    return Hearing::Unknown;
  const auto& sources = replica.last->sources;
  if (std::ranges::none_of(sources, &ReplicaStatus::io_running)) return Hearing::Lost;
  if (sources.size() != 1) return Hearing::Hears;
  const Duration period = sources.front().heartbeat_period;
  const bool can_tell = period > Duration::zero() && period * kHeartbeatsMissed <= settings_.after;
  const bool silent = can_tell && now - replica.heard_at >= period * kHeartbeatsMissed;
  return silent ? Hearing::Silent : Hearing::Hears;
}

Finding Detector::diagnose(Instant now) const {
  if (std::ranges::any_of(members_, [](const Member& member) { return !member.asked; }))
    return {Diagnosis::Unknown, "not every server has been asked yet"};
  if (!primary_) return diagnose_without(now);
  const Member& primary = member(*primary_);
  if (!primary.answers || overdue(primary, now)) return diagnose_failing(primary, now);
  if (primary.last->read_only) {
    const bool others_write = std::ranges::any_of(members_, [&](const Member& member) {
      return member.id != primary.id && takes_writes(member);
    });
    // One that was restarted before its promotion was complete replicates from its old source.
    const bool unfinished = appointment_.server() == primary.id && !others_write;
    // Somebody has made it a replica.
    if (primary.replicates() && !unfinished) return diagnose_without(now);
    if (others_write) return {Diagnosis::SeveralPrimaries, "another server takes writes"};
    return {Diagnosis::PrimaryReadOnly, fmt::format("{} is read-only", primary.name)};
  }
  if (primary.full_since && now - *primary.full_since >= settings_.after) {
    return {Diagnosis::PrimaryFull,
            fmt::format("{}: its disk is full, writes have waited for room for {} ms", primary.name,
                        to_ms(now - *primary.full_since))};
  }
  return {Diagnosis::Healthy, {}};
}

// A primary of the past that has come back writable does not count.
bool Detector::takes_writes(const Member& member) const {
  return member.writable() && !member.replicates() && appointment_.may_lead(member.id);
}

// A probe is under way for so long that something is wrong.
bool Detector::overdue(const Member& member, Instant now) const {
  return member.last && now - member.last->answered >= settings_.after / 2;
}

// Servers that answer outnumber those that are silent: they, not we, are cut off. A server that
// refuses connections is dead, and counts for neither. Of two servers alone one must be enough.
bool Detector::majority_answers(Instant now) const {
  std::size_t answering = 0;
  std::size_t silent = 0;
  for (const Member& member : members_) {
    const bool answers = member.answers && !overdue(member, now);
    answering += answers ? 1 : 0;
    silent += !answers && !member.refuses() ? 1 : 0;
  }
  return answering > silent || (members_.size() == 2 && answering == silent);
}

Finding Detector::diagnose_failing(const Member& primary, Instant now) const {
  const Instant failing_since = primary.answers ? primary.last->answered : primary.failing_since;
  std::vector<std::string> hearing_it, lost;
  bool not_asked = false;
  for (const Member& replica : members_) {
    if (replica.id == primary.id || !replica.answers || !follows(replica, primary)) continue;
    not_asked = not_asked || replica.last->sent < failing_since;
    const bool hears = hearing(replica, now) == Hearing::Hears;
    (hears ? hearing_it : lost).push_back(replica.name);
  }
  const std::string why = fmt::format(
      "{}: {}", primary.name, primary.failure ? primary.failure->message : "does not answer");
  if (not_asked) return {Diagnosis::PrimarySuspected, why};
  const Duration silent_for = primary.last ? now - primary.last->answered : now - failing_since;
  if (!hearing_it.empty()) {
    // A replica notices a moment later than we do that a process is gone.
    const bool soon = silent_for < settings_.after;
    return {soon ? Diagnosis::PrimarySuspected : Diagnosis::PrimaryUnreachable,
            fmt::format("{}; heard by {}", why, list(hearing_it))};
  }
  if (!majority_answers(now)) return {Diagnosis::TooFewServers, why};
  if (primary.refuses() && !lost.empty())
    return {Diagnosis::PrimaryDead, fmt::format("{}; lost by {}", why, list(lost))};
  if (silent_for < settings_.after) return {Diagnosis::PrimarySuspected, why};
  return {primary.refuses() ? Diagnosis::PrimaryDead : Diagnosis::PrimarySilent,
          fmt::format("{}; not heard for {} ms{}", why, to_ms(silent_for),
                      lost.empty() ? "" : " nor by " + list(lost))};
}

// After a start, or after a change that was cut short.
Finding Detector::diagnose_without(Instant now) const {
  std::vector<std::string> writable, waiting;
  for (const Member& member : members_) {
    if (takes_writes(member)) writable.push_back(member.name);
    const bool may_write = member.silent() && now - member.failing_since < settings_.after;
    if (may_write) waiting.push_back(member.name);
  }
  if (!writable.empty())
    return {Diagnosis::SeveralPrimaries, fmt::format("writable: {}", list(writable))};
  if (!waiting.empty())
    return {Diagnosis::PrimarySuspected, fmt::format("no answer from {}", list(waiting))};
  if (!majority_answers(now)) return {Diagnosis::TooFewServers, "too few servers answer"};
  // Whoever replicates from a server that it hears has a source that may take writes, or that is
  // read-only as well and answers us.
  for (const Member& replica : members_) {
    if (!replica.answers) continue;
    for (const Member& source : members_) {
      const bool heard = !source.answers && follows(replica, source) &&
                         std::ranges::any_of(replica.last->sources, &ReplicaStatus::io_running);
      if (heard && now - source.failing_since < settings_.after)
        return {Diagnosis::PrimarySuspected, fmt::format("{} hears {}", replica.name, source.name)};
      if (heard)
        return {Diagnosis::PrimaryUnreachable,
                fmt::format("{} hears {}", replica.name, source.name)};
    }
  }
  return {Diagnosis::NoPrimary, "no server that answers takes writes"};
}

std::vector<ServerId> Detector::to_ask(Instant now) const {
  std::vector<ServerId> servers;
  if (!primary_) return servers;
  const Member& primary = member(*primary_);
  if (primary.answers && !overdue(primary, now)) return servers;
  const Instant failing_since = primary.answers ? primary.last->answered : primary.failing_since;
  for (const Member& replica : members_) {
    const bool old = !replica.last || replica.last->sent < failing_since;
    const bool connected = replica.replicates() &&
                           std::ranges::any_of(replica.last->sources, &ReplicaStatus::io_running);
    if (replica.id != *primary_ && replica.answers && (old || connected))
      servers.push_back(replica.id);
  }
  return servers;
}

}  // namespace understudy::failover

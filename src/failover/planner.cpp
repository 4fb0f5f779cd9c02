#include "failover/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "failover/switchover.h"

namespace understudy::failover {
namespace {

// How often an operation looks at the time, and at what else there is no event for.
constexpr Duration kTick = std::chrono::milliseconds(2);
constexpr Duration kBlockedTick = std::chrono::milliseconds(100);
constexpr Duration kIdleTick = std::chrono::milliseconds(250);
// Between two questions to servers that may not have noticed yet what we have.
constexpr Duration kAskAgain = std::chrono::milliseconds(2);
// How long the end of a change waits until the servers are seen to do as they were told.
constexpr Duration kSettleMax = std::chrono::seconds(1);
constexpr Duration kAskAgainSilent = std::chrono::milliseconds(50);

std::string ms_text(Duration duration) {
  return fmt::format("{:.1f}", std::chrono::duration<double, std::milli>(duration).count());
}

}  // namespace

std::string_view to_text(SemiSync semi_sync) {
  switch (semi_sync) {
    case SemiSync::Unknown:
      return "unknown";
    case SemiSync::Off:
      return "off";
    case SemiSync::Waits:
      return "on";
    case SemiSync::Degraded:
      return "degraded";
  }
  return "unknown";
}

Planner::Planner(PlannerSettings settings)
    : settings_(std::move(settings)), detector_(settings_.detector) {}

Planner::~Planner() = default;

void Planner::observe(ServerId server, const ServerObservation& observation) {
  detector_.observe(server, observation);
}

// One that only stopped taking writes, or answering, is still the one that was.
void Planner::primary_seen(std::optional<ServerId> primary) {
  if (primary == detector_.primary() || operation_) return;
  if (!primary) {
    // Others show that one that takes writes is of the past.
    const Member& known = detector_.member(*detector_.primary());
    if (!known.writable() || known.replicates()) return;
  }
  detector_.set_primary(primary);
  upkeep_.reset();
}

// The answers that are new here were given before semi-sync was seen to be off.
void Planner::acknowledge(const Position& position) {
  acknowledged_.merge(position);
  const bool promised = std::exchange(promising_, detector_.semi_sync());
  if (promised || promising_) promised_ = acknowledged_;
}

void Planner::finished(OrderId order, OrderResult result) {
  finished_.emplace_back(order, std::move(result));
}

void Planner::take_results() {
  for (const auto& [order, result] : std::exchange(finished_, {})) {
    note_order_finished(order, result);
    if (operation_) operation_->finished(order, result);
    upkeep_.finished(order, result, now_);
  }
}

Result<void> Planner::switch_over(std::optional<ServerId> to, Instant now) {
  now_ = now;
  if (operation_)
    return make_error(ErrorKind::Invalid, fmt::format("a {} is under way", operation_->name()));
  if (!to) to = best_target();
  if (!to) return make_error(ErrorKind::Invalid, "no replica can take the lead");
  const std::string why = Switchover::refused(detector_, *to);
  if (!why.empty()) return make_error(ErrorKind::Invalid, why);
  note("switchover_started",
       {{"from", detector_.member(*detector_.primary()).name}, {"to", detector_.member(*to).name}});
  operation_ = std::make_unique<Switchover>(*to);
  began_ = now;
  return {};
}

Result<void> Planner::rejoin(ServerId server) {
  const Member& member = detector_.member(server);
  if (server == detector_.primary())
    return make_error(ErrorKind::Invalid, fmt::format("{} is the primary", member.name));
  if (!member.answers)
    return make_error(ErrorKind::Invalid, fmt::format("{} does not answer", member.name));
  upkeep_.rejoin(server);
  return {};
}

std::optional<ServerId> Planner::best_target() const {
  std::optional<ServerId> best;
  for (const Member& member : detector_.members()) {
    if (!Switchover::refused(detector_, member.id).empty()) continue;
    if (!best || member.priority > detector_.member(*best).priority) best = member.id;
  }
  return best;
}

Result<void> Planner::fail_over(Instant now) {
  now_ = now;
  if (failover_ != nullptr) {
    failover_->force();
    return {};
  }
  if (operation_)
    return make_error(ErrorKind::Invalid, fmt::format("a {} is under way", operation_->name()));
  if (detector_.diagnose(now).diagnosis == Diagnosis::Healthy)
    return make_error(ErrorKind::Invalid,
                      "the primary is well: use switchover, which loses nothing");
  begin_failover(true);
  return {};
}

void Planner::begin_failover(bool forced) {
  note("failover_started",
       {{"diagnosis", std::string(to_text(finding_.diagnosis))}, {"evidence", finding_.evidence}});
  auto failover = std::make_unique<Failover>(forced);
  failover_ = failover.get();
  operation_ = std::move(failover);
  began_ = now_;
}

Decisions Planner::step(Instant now) {
  now_ = now;
  next_step_ = now + kIdleTick;
  take_results();
  finding_ = detector_.diagnose(now);
  if (!operation_) {
    note_diagnosis();
    note_semi_sync();
    judge();
  }
  if (operation_) step_operation();
  return std::exchange(decisions_, {});
}

void Planner::note_diagnosis() {
  if (finding_.diagnosis == noted_ || finding_.diagnosis == Diagnosis::Unknown) return;
  noted_ = finding_.diagnosis;
  Fields fields = {{"is", std::string(to_text(noted_))}};
  if (!finding_.evidence.empty()) fields.emplace_back("evidence", finding_.evidence);
  note("diagnosis", std::move(fields));
}

SemiSync Planner::semi_sync() const {
  if (!detector_.primary()) return SemiSync::Unknown;
  const Member& primary = detector_.member(*detector_.primary());
  if (!primary.answers) return SemiSync::Unknown;
  if (!primary.last->semi_sync_source) return SemiSync::Off;
  if (!primary.last->semi_sync_waits) return SemiSync::Unknown;
  return *primary.last->semi_sync_waits ? SemiSync::Waits : SemiSync::Degraded;
}

void Planner::note_semi_sync() {
  const SemiSync now = semi_sync();
  if (now == SemiSync::Unknown || now == noted_semi_sync_) return;
  const bool told = noted_semi_sync_ != SemiSync::Unknown || now != SemiSync::Waits;
  noted_semi_sync_ = now;
  if (!told) return;
  const std::string& server = detector_.member(*detector_.primary()).name;
  if (now == SemiSync::Waits) return note("semi_sync_restored", {{"server", server}});
  const char* const why = now == SemiSync::Off
                              ? "it is switched off on the primary"
                              : "no replica acknowledged a commit in time, so the primary does not "
                                "wait any more: what it commits may be lost with it";
  note(now == SemiSync::Off ? "semi_sync_off" : "semi_sync_degraded",
       {{"server", server}, {"reason", why}});
}

void Planner::judge() {
  switch (finding_.diagnosis) {
    case Diagnosis::PrimarySuspected:
      return suspect();
    case Diagnosis::PrimaryDead:
    case Diagnosis::PrimarySilent:
    case Diagnosis::PrimaryFull:
    case Diagnosis::NoPrimary:
      if (settings_.automatic && !too_soon()) begin_failover(false);
      return;
    case Diagnosis::PrimaryReadOnly:
      if (settings_.automatic) upkeep_.open_primary(*this);
      return;
    case Diagnosis::Healthy:
      decisions_.rebuild = upkeep_.step(*this);
      return;
    case Diagnosis::Unknown:
    case Diagnosis::PrimaryUnreachable:
    case Diagnosis::TooFewServers:
    case Diagnosis::SeveralPrimaries:
      return;
  }
}

// Asks everybody again soon: what the replicas say decides.
void Planner::suspect() {
  const bool refused = detector_.primary() && detector_.member(*detector_.primary()).refuses();
  const Duration pause = refused ? kAskAgain : kAskAgainSilent;
  next_step_ = now_ + pause;
  if (now_ - suspected_at_ < pause) return;
  suspected_at_ = now_;
  for (const ServerId server : detector_.to_ask(now_))
    look(server);
  if (detector_.primary()) look(*detector_.primary());
}

// A primary that has just been appointed and fails at once: the fault may be elsewhere. Proof that
// its process is gone is enough.
bool Planner::too_soon() const {
  return last_change_ && now_ - *last_change_ < settings_.min_interval &&
         finding_.diagnosis != Diagnosis::PrimaryDead;
}

void Planner::step_operation() {
  next_step_ = now_ + (operation_->blocked().empty() ? kTick : kBlockedTick);
  const bool back =
      finding_.diagnosis == Diagnosis::Healthy || finding_.diagnosis == Diagnosis::PrimaryReadOnly;
  if (failover_ != nullptr && back && failover_->may_be_given_up()) failover_->give_up(*this);
  if (!over_since_) operation_->step(*this);
  if (!operation_->over()) return;
  if (!over_since_) over_since_ = now_;
  if (settled(*over_since_) || now_ - *over_since_ >= kSettleMax) end_operation();
}

// What is decided next rests on what servers say after the change: each has been seen since, and
// replication runs where it was begun. Asks for what is missing.
bool Planner::settled(Instant moment) {
  bool all = true;
  for (const Member& member : detector_.members()) {
    if (!member.answers) continue;
    const bool seen = member.last->sent >= moment;
    if (seen && std::ranges::all_of(member.last->sources, &replication::ReplicaStatus::io_running))
      continue;
    all = false;
    next_step_ = now_ + kAskAgain;
    if (now_ - member.last->sent >= kAskAgain) look(member.id);
  }
  return all;
}

void Planner::end_operation() {
  const bool succeeded = operation_->succeeded();
  Fields fields;
  if (succeeded) fields.emplace_back("primary", detector_.member(*detector_.primary()).name);
  if (!succeeded) fields.emplace_back("reason", operation_->blocked());
  note(fmt::format("{}_{}", operation_->name(), succeeded ? "done" : "failed"), std::move(fields));
  if (failover_ != nullptr && succeeded) last_change_ = now_;
  failover_ = nullptr;
  operation_.reset();
  over_since_.reset();
}

PlannerView Planner::view() const {
  PlannerView view;
  view.finding = finding_;
  view.state = operation_ ? std::string(operation_->name()) : "idle";
  if (operation_) view.blocked = operation_->blocked();
  view.semi_sync = semi_sync();
  return view;
}

OrderId Planner::give(ServerId server, std::vector<Action> actions, Duration timeout) {
  const OrderId id = ++last_order_;
  Given& given = given_[id];
  given.server = detector_.member(server).name;
  given.at = now_;
  for (const Action& action : actions)
    given.actions.push_back(action.kind);
  decisions_.orders.push_back({id, server, std::move(actions), timeout});
  return id;
}

void Planner::note_order_finished(OrderId order, const OrderResult& result) {
  const auto found = given_.find(order);
  if (found == given_.end()) return;
  std::string actions;
  for (const ActionKind kind : found->second.actions)
    actions += fmt::format("{}{}", actions.empty() ? "" : " ", to_text(kind));
  Fields fields = {{"server", found->second.server},
                   {"actions", std::move(actions)},
                   {"took_ms", ms_text(now_ - found->second.at)}};
  if (result.error) fields.emplace_back("error", result.error->message);
  note(result.error ? "step_failed" : "step", std::move(fields));
  given_.erase(found);
}

void Planner::look(ServerId server) {
  if (std::ranges::find(decisions_.looks, server) == decisions_.looks.end())
    decisions_.looks.push_back(server);
}

void Planner::appoint(ServerId server) {
  note("primary_appointed", {{"server", detector_.member(server).name}});
  // What it has is the history from now on: it may all have been acknowledged, and nothing else.
  acknowledged_ = detector_.member(server).received();
  promised_ = acknowledged_;
  detector_.appoint(server, now_);
  upkeep_.reset();
  look(server);
  decisions_.appointed = server;
}

void Planner::note(std::string event, Fields fields) {
  if (operation_) fields.emplace_back("ms", ms_text(now_ - began_));
  decisions_.notes.push_back({std::move(event), std::move(fields)});
}

}  // namespace understudy::failover

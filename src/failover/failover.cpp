#include "failover/failover.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace understudy::failover {
namespace {

constexpr Duration kChooseAgain = std::chrono::milliseconds(100);
// A part of the wait for the relay log; then it is asked again, and seen whether it lives.
constexpr Duration kDrainPart = std::chrono::seconds(5);
// Of its actions, those after which the candidate hears nobody.
constexpr std::size_t kCutOff = 2;
constexpr Duration kOtherDrain = std::chrono::seconds(5);
constexpr Duration kPromoteTimeout = std::chrono::seconds(10);
constexpr Duration kFollowTimeout = std::chrono::seconds(30);

bool applies(const Member& member) {
  return member.answers && member.replicates() &&
         std::ranges::all_of(member.last->sources, &replication::ReplicaStatus::sql_running);
}

// After a start nothing is known of what was acknowledged. With semi-sync the old primary and one
// replica have it: if two servers were never heard they may be those two. Empty: it is not so.
std::string never_heard(const Detector& detector, ServerId candidate) {
  if (!detector.member(candidate).last->semi_sync_replica) return {};
  std::vector<std::string> names;
  for (const Member& member : detector.members())
    if (!member.last) names.push_back(member.name);
  if (names.size() < 2) return {};
  return fmt::format(
      "what was acknowledged may be lost: {} have not answered since the start, and may have what "
      "nobody else has; bring one of them back, or order a failover",
      fmt::join(names, " and "));
}

}  // namespace

void Failover::finished(OrderId id, const OrderResult& result) {
  if (!draining_.finish(id, result) && !promoting_.finish(id, result))
    following_.finish(id, result);
}

void Failover::step(Desk& desk) {
  if (stage_ == Stage::Choosing && desk.now() >= not_before_) choose_candidate(desk);
  if (stage_ == Stage::Draining) check_drained(desk);
  if (stage_ == Stage::Looking) look_again(desk);
  if (stage_ == Stage::Promoting) check_promoted(desk);
  if (stage_ == Stage::Following) check_following(desk);
}

void Failover::choose_candidate(Desk& desk) {
  const Choice choice = choose(desk.detector(), desk.acknowledged(), failed_);
  if (!choice.server) {
    failed_.clear();  // those that failed may be all there is
    not_before_ = desk.now() + kChooseAgain;
    return block(desk, choice.reason);
  }
  if (may_lose(desk, *choice.server, choice.missing))
    return block(desk, "what was acknowledged may be lost: " + choice.reason +
                           "; bring back a server that has it, or order a failover");
  const std::string unknown = never_heard(desk.detector(), *choice.server);
  if (!unknown.empty() && !forced_) return block(desk, unknown);
  blocked_.clear();
  candidate_ = *choice.server;
  Fields fields = {{"server", desk.detector().member(candidate_).name}, {"reason", choice.reason}};
  if (!choice.missing.empty()) fields.emplace_back("lost", replication::to_string(choice.missing));
  desk.note("failover_candidate", std::move(fields));
  drain(desk);
}

// Without semi-sync nobody ever promised that a replica has it.
bool Failover::may_lose(const Desk& desk, ServerId candidate, const Position& missing) const {
  if (forced_) return false;
  if (desk.detector().semi_sync()) return !missing.empty();
  return !lacking(desk.detector().member(candidate), desk.promised()).empty();
}

void Failover::block(Desk& desk, std::string why) {
  if (why == blocked_) return;
  blocked_ = std::move(why);
  desk.note("failover_blocked", {{"reason", blocked_}});
}

void Failover::drain(Desk& desk) {
  const Member& candidate = desk.detector().member(candidate_);
  stage_ = Stage::Draining;
  // Should it come back, it must not be given anything new, and no client may hear that what was
  // under way there is committed.
  if (!std::exchange(closed_, true)) {
    desk.close_primary(true);
    desk.cut_writers();
  }
  settle_others(desk);
  draining_.forget(candidate_);
  if (!candidate.replicates()) return;
  std::vector<Action> actions;
  // Both threads are never stopped at one moment.
  actions.push_back(ActionKind::StartApplying);
  actions.push_back(ActionKind::StopReceiving);
  actions.push_back(Action(ActionKind::WaitApplied, candidate.relayed()));
  draining_.add(desk.give(candidate_, std::move(actions), kDrainPart), candidate_);
}

// Keeps the others from hearing the old primary again, should it come back.
void Failover::settle_others(Desk& desk) {
  const Detector& detector = desk.detector();
  for (const Member& other : detector.members()) {
    if (other.id == candidate_ || !applies(other) || settled_.contains(other.id)) continue;
    if (!detector.primary() || !follows(other, detector.member(*detector.primary()))) continue;
    settled_.insert(other.id);
    std::vector<Action> actions = {ActionKind::StopReceiving};
    if (!turns_while_applying(other))
      actions.push_back(Action(ActionKind::WaitApplied, other.relayed()));
    draining_.add(desk.give(other.id, std::move(actions), kOtherDrain), other.id);
  }
}

// They can go to the candidate before it is open: once they have applied all they had, and it, too,
// or at once.
void Failover::send_others(Desk& desk) {
  for (const ServerId other : settled_) {
    const OrderResult* settled = draining_.result(other);
    if (settled == nullptr || settled->error || other == candidate_ || sent_.contains(other))
      continue;
    if (stage_ < Stage::Promoting && !turns_while_applying(desk.detector().member(other))) continue;
    sent_.insert(other);
    following_.add(
        desk.give(other, following(desk.detector(), other, candidate_, true), kFollowTimeout),
        other);
  }
}

void Failover::check_drained(Desk& desk) {
  send_others(desk);
  const bool replicates = desk.detector().member(candidate_).replicates();
  const OrderResult* result = draining_.result(candidate_);
  if (replicates && result == nullptr) return;
  // Applying may take longer than one order; but its receiving must have ended.
  const bool goes_on = result == nullptr || !result->error ||
                       (result->error->kind == ErrorKind::Timeout && result->done >= kCutOff);
  if (!goes_on) return retry_without(desk, result->error->message);
  stage_ = Stage::Looking;
  looked_at_ = desk.now();
  desk.look(candidate_);
}

void Failover::look_again(Desk& desk) {
  const Member& candidate = desk.detector().member(candidate_);
  if (!candidate.answers) return retry_without(desk, candidate.failure->message);
  if (candidate.last->sent < looked_at_) return desk.look(candidate_);
  const std::string why = unfit(candidate, desk.detector().history());
  if (!why.empty()) return retry_without(desk, why);
  const bool all_applied =
      !candidate.replicates() || candidate.last->applied.covers(candidate.relayed());
  if (!all_applied) return drain(desk);
  // Something may have been acknowledged in the moment before everybody was cut off.
  if (may_lose(desk, candidate_, lacking(candidate, desk.acknowledged()))) {
    stage_ = Stage::Choosing;
    return;
  }
  stage_ = Stage::Promoting;
  promoting_.forget(candidate_);
  promoting_.add(desk.give(candidate_, promotion(desk.detector(), candidate_), kPromoteTimeout),
                 candidate_);
  send_others(desk);
}

void Failover::check_promoted(Desk& desk) {
  send_others(desk);
  const OrderResult* result = promoting_.result(candidate_);
  if (result == nullptr) return;
  if (result->error) return retry_without(desk, result->error->message);
  appointed_ = true;
  const bool attached = desk.detector().member(candidate_).replicates();
  desk.appoint(candidate_);
  desk.close_primary(false);
  // Soon: should it be restarted before, it would hear its old source again.
  if (attached) following_.add(desk.give(candidate_, detaching(), kFollowTimeout), candidate_);
  stage_ = Stage::Following;
}

void Failover::check_following(Desk& desk) {
  send_others(desk);
  if (following_.any_open() || draining_.any_open()) return;
  stage_ = Stage::Over;
}

void Failover::give_up(Desk& desk) {
  desk.note("failover_given_up", {{"reason", "the primary is back"}});
  if (closed_) desk.close_primary(false);
  if (stage_ != Stage::Choosing) settled_.insert(candidate_);
  settled_.insert(failed_.begin(), failed_.end());
  for (const ServerId other : settled_) {
    const Member& member = desk.detector().member(other);
    if (!member.replicates()) continue;
    if (sent_.contains(other)) {
      const ServerId primary = *desk.detector().primary();
      desk.give(other, following(desk.detector(), other, primary, true), kFollowTimeout);
      continue;
    }
    desk.give(other, {ActionKind::StartApplying, ActionKind::StartReceiving}, kPromoteTimeout);
  }
  stage_ = Stage::Over;
}

void Failover::retry_without(Desk& desk, const std::string& why) {
  desk.note("failover_candidate_failed",
            {{"server", desk.detector().member(candidate_).name}, {"reason", why}});
  // One that lives may be needed again: it is only left out of the next choice.
  failed_.push_back(candidate_);
  sent_.clear();
  stage_ = Stage::Choosing;
  desk.look(candidate_);
}

}  // namespace understudy::failover

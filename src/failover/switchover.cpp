#include "failover/switchover.h"

#include <fmt/format.h>

#include <utility>

namespace understudy::failover {
namespace {

// A statement that runs, or a commit that waits for a replica, keeps a server from closing.
constexpr Duration kCloseTimeout = std::chrono::seconds(1);
constexpr Duration kApplyTimeout = std::chrono::seconds(10);
constexpr Duration kPromoteTimeout = std::chrono::seconds(10);
constexpr Duration kFollowTimeout = std::chrono::seconds(30);

}  // namespace

std::string Switchover::refused(const Detector& detector, ServerId to) {
  if (!detector.primary()) return "there is no primary";
  if (detector.primary() == to) return "it is the primary already";
  const Member& target = detector.member(to);
  const Member& primary = detector.member(*detector.primary());
  if (!primary.answers) return fmt::format("the primary {} does not answer", primary.name);
  std::string why = unfit(target, detector.history());
  if (!why.empty()) return fmt::format("{} {}", target.name, why);
  if (!follows(target, primary))
    return fmt::format("{} does not replicate from {}", target.name, primary.name);
  for (const replication::ReplicaStatus& source : target.last->sources) {
    if (!source.io_running || !source.sql_running)
      return fmt::format("replication does not run on {}", target.name);
  }
  return {};
}

void Switchover::finished(OrderId id, const OrderResult& result) {
  orders_.finish(id, result);
}

void Switchover::step(Desk& desk) {
  if (stage_ == Stage::Begin) begin(desk);
  if (stage_ == Stage::Waiting) wait_for_writers(desk);
  if (stage_ == Stage::Closing) check_closed(desk);
  if (stage_ == Stage::Looking) check_looked(desk);
  if (stage_ == Stage::Draining) check_drained(desk);
  if (stage_ == Stage::Promoting) check_promoted(desk);
  if (stage_ == Stage::Following && !orders_.any_open()) stage_ = Stage::Over;
  if (stage_ == Stage::Undoing) check_undone(desk);
  if (stage_ == Stage::Returning) check_returned(desk);
}

void Switchover::begin(Desk& desk) {
  const std::string why = refused(desk.detector(), to_);
  if (!why.empty()) {
    blocked_ = why;
    stage_ = Stage::Over;
    return;
  }
  from_ = *desk.detector().primary();
  deadline_ = desk.now() + desk.settings().drain;
  desk.close_primary(true);
  stage_ = Stage::Waiting;
}

void Switchover::wait_for_writers(Desk& desk) {
  if (!desk.detector().member(from_).answers)
    return undo(desk, "the primary does not answer any more");
  if (desk.writers() == 0) return close(desk, false);
  if (desk.now() < deadline_) return;
  if (!desk.settings().cut_transactions) {
    return undo(desk,
                fmt::format("{} sessions still run a transaction or hold a lock", desk.writers()));
  }
  desk.note("switchover_cut", {{"sessions", fmt::to_string(desk.writers())}});
  desk.cut_writers();
  close(desk, true);
}

void Switchover::close(Desk& desk, bool cut) {
  cut_ = cut;
  stage_ = Stage::Closing;
  orders_.forget(from_);
  std::vector<Action> actions;
  if (cut) actions.push_back(ActionKind::CutClients);
  actions.push_back(ActionKind::Close);
  orders_.add(desk.give(from_, std::move(actions), kCloseTimeout), from_);
}

void Switchover::check_closed(Desk& desk) {
  const OrderResult* result = orders_.result(from_);
  if (result == nullptr) return;
  // Clients that come straight to the server may be in the way: theirs is cut.
  if (result->error && !cut_) return close(desk, true);
  if (result->error) return undo(desk, result->error->message);
  stage_ = Stage::Looking;
  looked_at_ = desk.now();
  desk.look(from_);
}

void Switchover::check_looked(Desk& desk) {
  const Member& old = desk.detector().member(from_);
  if (!old.answers) return undo(desk, old.failure->message);
  if (old.last->sent < looked_at_) return desk.look(from_);
  stage_ = Stage::Draining;
  orders_.forget(to_);
  orders_.add(desk.give(to_, {Action(ActionKind::WaitApplied, old.last->logged)}, kApplyTimeout),
              to_);
}

void Switchover::check_drained(Desk& desk) {
  const OrderResult* result = orders_.result(to_);
  if (result == nullptr) return;
  if (result->error) return undo(desk, result->error->message);
  stage_ = Stage::Promoting;
  orders_.forget(to_);
  // With both threads at rest it is seen that this was cut short, should it be.
  std::vector<Action> opening = promotion(desk.detector(), to_);
  opening.insert(opening.begin(), ActionKind::StopReceiving);
  orders_.add(desk.give(to_, std::move(opening), kPromoteTimeout), to_);
  // Whoever has applied it all may already turn to the target.
  for (const Member& other : desk.detector().members()) {
    if (other.id == to_ || other.id == from_ || !other.answers || !other.replicates()) continue;
    if (!follows(other, desk.detector().member(from_))) continue;
    sent_.push_back(other.id);
    std::vector<Action> actions = following(desk.detector(), other.id, to_);
    actions.insert(actions.begin(),
                   Action(ActionKind::WaitApplied, desk.detector().member(from_).last->logged));
    orders_.add(desk.give(other.id, std::move(actions), kFollowTimeout), other.id);
  }
}

void Switchover::check_promoted(Desk& desk) {
  const OrderResult* result = orders_.result(to_);
  if (result == nullptr) return;
  if (result->error) return undo(desk, result->error->message);
  appointed_ = true;
  desk.appoint(to_);
  desk.close_primary(false);
  orders_.add(desk.give(to_, detaching(), kFollowTimeout), to_);
  orders_.add(desk.give(from_, following(desk.detector(), from_, to_), kFollowTimeout), from_);
  stage_ = Stage::Following;
}

// The target is not open, or it is not known whether it is: then it is closed first.
void Switchover::undo(Desk& desk, const std::string& why) {
  blocked_ = why;
  desk.note("switchover_undone", {{"reason", why}});
  reopen_ = stage_ != Stage::Waiting;
  const bool maybe_open = stage_ == Stage::Promoting;
  stage_ = Stage::Undoing;
  orders_.forget(from_);
  orders_.forget(to_);
  if (maybe_open) orders_.add(desk.give(to_, {ActionKind::Close}, kPromoteTimeout), to_);
}

void Switchover::check_undone(Desk& desk) {
  if (orders_.open(to_) || orders_.open(from_)) return;
  if (std::exchange(reopen_, false)) {
    orders_.add(desk.give(from_, {ActionKind::Open}, kPromoteTimeout), from_);
    return;
  }
  desk.close_primary(false);
  stage_ = Stage::Returning;
}

// Those that were sent to the target turn back, each when it is known where it stands.
void Switchover::check_returned(Desk& desk) {
  for (const ServerId other : std::exchange(sent_, {})) {
    if (orders_.open(other)) {
      sent_.push_back(other);
    } else if (desk.detector().member(other).answers) {
      orders_.add(desk.give(other, following(desk.detector(), other, from_), kFollowTimeout),
                  other);
    }
  }
  if (sent_.empty() && !orders_.any_open()) stage_ = Stage::Over;
}

}  // namespace understudy::failover

#include "failover/operation.h"

#include <algorithm>

namespace understudy::failover {

bool Orders::finish(OrderId id, const OrderResult& result) {
  const auto found = open_.find(id);
  if (found == open_.end()) return false;
  results_[found->second] = result;
  open_.erase(found);
  return true;
}

bool Orders::open(ServerId server) const {
  return std::ranges::any_of(open_, [&](const auto& entry) { return entry.second == server; });
}

const OrderResult* Orders::result(ServerId server) const {
  const auto found = results_.find(server);
  return found == results_.end() ? nullptr : &found->second;
}

// Semi-sync's source side is on at the primary only: on a replica it would make the SQL thread wait
// for acknowledgements. And only where somebody is left to acknowledge: else each write would wait
// for the timeout, and then be answered all the same.
std::vector<Action> opening(const Detector& detector, ServerId server) {
  std::vector<Action> actions;
  const bool acknowledger = std::ranges::any_of(detector.members(), [&](const Member& other) {
    return other.id != server && in_step(other, detector.history()) &&
           other.last->semi_sync_replica;
  });
  if (detector.member(server).last->semi_sync_replica) {
    actions.push_back(acknowledger ? ActionKind::SemiSyncSourceOn : ActionKind::SemiSyncSourceOff);
  }
  actions.push_back(ActionKind::Open);
  return actions;
}

// The source is forgotten later (detaching()): the IO thread of a replica that acknowledges takes
// up to two seconds to end when its source hangs (measured on 10.11: it connects to the source to
// end its session there). With the SQL thread stopped nothing that still comes is applied.
std::vector<Action> promotion(const Detector& detector, ServerId server) {
  std::vector<Action> actions = opening(detector, server);
  if (detector.member(server).replicates())
    actions.insert(actions.begin(), ActionKind::StopApplying);
  return actions;
}

std::vector<Action> detaching() {
  return {ActionKind::Detach};
}

// Without GTIDs it has to stop first, so that it can be told to use them.
bool turns_while_applying(const Member& member) {
  return member.last->flavour == replication::Flavour::MySql && member.replicates() &&
         std::ranges::all_of(member.last->sources, &replication::ReplicaStatus::using_gtid);
}

std::vector<Action> following(const Detector& detector, ServerId server, ServerId source,
                              bool keep_received) {
  const Member& member = detector.member(server);
  std::vector<Action> actions;
  if (!member.last->read_only) actions.push_back(ActionKind::Close);
  if (member.last->semi_sync_source) actions.push_back(ActionKind::SemiSyncSourceOff);
  Action follow(ActionKind::Follow);
  follow.source = source;
  follow.fresh = !member.replicates();
  follow.keeps_relay_log = keep_received && turns_while_applying(member);
  if (follow.fresh) follow.position = member.received();
  actions.push_back(std::move(follow));
  return actions;
}

}  // namespace understudy::failover

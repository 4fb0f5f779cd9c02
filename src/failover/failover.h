#pragma once

#include <set>

#include "failover/operation.h"

namespace understudy::failover {

// An unplanned change of primary: the old one is dead, silent or gone.
//
//   choose      the best server; wait for an operator if what was acknowledged may be missing
//   drain       it applies all that it has received; its IO thread is stopped, its SQL thread never
//   look        once more, for what came in between
//   promote     forget the source, semi-sync, open
//   appoint     everybody is told
//   follow      the others replicate from it (they are sent there while it is promoted)
//
// A server that fails on the way is left out and another is chosen. Relay logs are thrown away by
// MariaDB when both threads of a replica are stopped: so nobody is sent to another source before it
// has applied what it had received. On MySQL they are sent as soon as there is a candidate: its
// first writes wait until one of them acknowledges.
class Failover final : public Operation {
 public:
  // `forced`: an operator accepts that what is missing is lost.
  explicit Failover(bool forced) : forced_(forced) {}

  void step(Desk& desk) override;
  void finished(OrderId id, const OrderResult& result) override;
  [[nodiscard]] bool over() const override { return stage_ == Stage::Over; }
  [[nodiscard]] bool succeeded() const override { return appointed_; }
  [[nodiscard]] const std::string& blocked() const override { return blocked_; }
  [[nodiscard]] std::string_view name() const override { return "failover"; }
  // Before the promotion begins it may be given up when the old primary is back: undoes what it
  // did.
  [[nodiscard]] bool may_be_given_up() const { return stage_ < Stage::Promoting; }
  void give_up(Desk& desk);
  void force() { forced_ = true; }

 private:
  enum class Stage { Choosing, Draining, Looking, Promoting, Following, Over };

  void choose_candidate(Desk& desk);
  [[nodiscard]] bool may_lose(const Desk& desk, ServerId candidate, const Position& missing) const;
  void block(Desk& desk, std::string why);
  void drain(Desk& desk);
  void settle_others(Desk& desk);
  void send_others(Desk& desk);
  void check_drained(Desk& desk);
  void look_again(Desk& desk);
  void check_promoted(Desk& desk);
  void check_following(Desk& desk);
  void retry_without(Desk& desk, const std::string& why);

  bool forced_;
  Stage stage_ = Stage::Choosing;
  bool appointed_ = false;
  bool closed_ = false;  // the old primary was closed to clients
  std::string blocked_;
  ServerId candidate_;
  std::vector<ServerId> failed_;
  Instant not_before_{};  // when the next candidate is chosen
  Instant looked_at_{};
  Orders draining_;
  Orders promoting_;
  Orders following_;
  std::set<ServerId> settled_;  // others whose receiving was stopped
  std::set<ServerId> sent_;     // others that were told to follow the candidate
};

}  // namespace understudy::failover

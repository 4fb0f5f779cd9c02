#pragma once

#include "failover/operation.h"

namespace understudy::failover {

// A planned change of primary, without loss and without an error at a client.
//
//   wait     new statements are held back; transactions under way may end
//   close    the old primary takes no writes any more
//   look     what it has written in the end
//   drain    the target applies all of that
//   promote  the target opens
//   appoint  everybody is told
//   follow   the target forgets its source, the old primary and the others replicate from it
//
// Whatever fails before the target is open is undone: the old primary opens again, and whoever was
// sent to the target turns back.
class Switchover final : public Operation {
 public:
  explicit Switchover(ServerId to) : to_(to) {}

  // Why `to` cannot take the lead now; empty if it can.
  static std::string refused(const Detector& detector, ServerId to);

  void step(Desk& desk) override;
  void finished(OrderId id, const OrderResult& result) override;
  [[nodiscard]] bool over() const override { return stage_ == Stage::Over; }
  [[nodiscard]] bool succeeded() const override { return appointed_; }
  [[nodiscard]] const std::string& blocked() const override { return blocked_; }
  [[nodiscard]] std::string_view name() const override { return "switchover"; }

 private:
  enum class Stage {
    Begin,
    Waiting,
    Closing,
    Looking,
    Draining,
    Promoting,
    Following,
    Undoing,
    Returning,
    Over
  };

  void begin(Desk& desk);
  void wait_for_writers(Desk& desk);
  void close(Desk& desk, bool cut);
  void check_closed(Desk& desk);
  void check_looked(Desk& desk);
  void check_drained(Desk& desk);
  void check_promoted(Desk& desk);
  void undo(Desk& desk, const std::string& why);
  void check_undone(Desk& desk);
  void check_returned(Desk& desk);

  const ServerId to_;
  ServerId from_;
  Stage stage_ = Stage::Begin;
  bool appointed_ = false;
  bool cut_ = false;
  bool reopen_ = false;
  std::string blocked_;
  Instant deadline_{};
  Instant looked_at_{};
  Orders orders_;
  std::vector<ServerId> sent_;  // others that were told to follow the target
};

}  // namespace understudy::failover

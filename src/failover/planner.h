#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "failover/detector.h"
#include "failover/failover.h"
#include "failover/operation.h"
#include "failover/upkeep.h"

namespace understudy::failover {

// What is to be done now.
struct Decisions {
  std::vector<Order> orders;
  std::vector<ServerId> looks;  // to probe at once
  // The primary of the next epoch: to be published before anything else is done.
  std::optional<ServerId> appointed;
  std::optional<bool> closed;  // keep new statements from the primary, or let them again
  bool cut_writers = false;    // end what still holds a connection to the primary
  // Has transactions that the primary does not have: to be saved, and the server rebuilt.
  std::vector<ServerId> rebuild;
  struct Note {
    std::string event;
    Fields fields;
  };
  std::vector<Note> notes;
};

// Whether a commit on the primary waits until a replica has it.
enum class SemiSync : std::uint8_t { Unknown, Off, Waits, Degraded };

// "on", "degraded": switched on, but the primary has given up waiting.
std::string_view to_text(SemiSync semi_sync);

// Where the planner stands, for people.
struct PlannerView {
  Finding finding;
  std::string state;    // "idle", "failover", "switchover"
  std::string blocked;  // why it does not go on; empty while it does
  SemiSync semi_sync = SemiSync::Unknown;
};

// Decides who is the primary. Observations, results and time in, decisions out: no I/O and no
// clock, so that a simulation can run it through any number of faults. At most one operation is
// under way; while there is none and the primary is well, it keeps the others in order (Upkeep).
// One thread.
class Planner final : private Desk {
 public:
  explicit Planner(PlannerSettings settings);
  ~Planner() override;

  // A probe of `server` ended.
  void observe(ServerId server, const ServerObservation& observation);
  // The primary that the servers themselves show; nothing if they show none.
  void primary_seen(std::optional<ServerId> primary);
  // Clients were told that this is committed.
  void acknowledge(const Position& position);
  void set_writers(std::size_t writers) { writers_ = writers; }
  void finished(OrderId order, OrderResult result);

  // What an operator asks for. Errors: Invalid, with the reason; nothing is then begun.
  Result<void> switch_over(std::optional<ServerId> to, Instant now);
  Result<void> rejoin(ServerId server);
  // Promotes the best server even if what was acknowledged may be lost.
  Result<void> fail_over(Instant now);

  // Call after each of the above, and at the latest at next_step().
  Decisions step(Instant now);
  [[nodiscard]] Instant next_step() const { return next_step_; }

  [[nodiscard]] PlannerView view() const;
  [[nodiscard]] const Detector& detector() const override { return detector_; }

 private:
  [[nodiscard]] const PlannerSettings& settings() const override { return settings_; }
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] const Position& acknowledged() const override { return acknowledged_; }
  [[nodiscard]] const Position& promised() const override { return promised_; }
  [[nodiscard]] std::size_t writers() const override { return writers_; }
  OrderId give(ServerId server, std::vector<Action> actions, Duration timeout) override;
  void look(ServerId server) override;
  void appoint(ServerId server) override;
  void close_primary(bool closed) override { decisions_.closed = closed; }
  void cut_writers() override { decisions_.cut_writers = true; }
  void note(std::string event, Fields fields) override;

  void take_results();
  void step_operation();
  void begin_failover(bool forced);
  void note_diagnosis();
  void note_semi_sync();
  [[nodiscard]] SemiSync semi_sync() const;
  void judge();
  void suspect();
  [[nodiscard]] bool too_soon() const;
  [[nodiscard]] bool settled(Instant moment);
  void end_operation();
  [[nodiscard]] std::optional<ServerId> best_target() const;
  void note_order_finished(OrderId order, const OrderResult& result);

  const PlannerSettings settings_;
  Detector detector_;
  Upkeep upkeep_;
  Position acknowledged_;
  Position promised_;
  bool promising_ = false;  // the primary waited for replicas when clients were last answered
  std::size_t writers_ = 0;
  Finding finding_;
  SemiSync noted_semi_sync_ = SemiSync::Unknown;
  Diagnosis noted_ = Diagnosis::Unknown;  // the last one that was told
  std::unique_ptr<Operation> operation_;
  Failover* failover_ = nullptr;  // the operation, if it is one
  Instant began_{};
  std::optional<Instant> over_since_;   // the operation has ended, but not all have been seen since
  std::optional<Instant> last_change_;  // when a failover ended
  Instant now_{};
  Instant next_step_{};
  Instant suspected_at_{};  // when servers were last asked because of a suspicion
  OrderId last_order_ = 0;
  struct Given {
    std::string server;
    std::vector<ActionKind> actions;
    Instant at{};
  };
  std::map<OrderId, Given> given_;
  std::vector<std::pair<OrderId, OrderResult>> finished_;  // since the last step
  Decisions decisions_;
};

}  // namespace understudy::failover

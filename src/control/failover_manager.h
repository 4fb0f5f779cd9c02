#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/event_log.h"
#include "control/hook_runner.h"
#include "control/monitor.h"
#include "control/order_runner.h"
#include "control/rebuilder.h"
#include "failover/planner.h"
#include "net/loop.h"
#include "net/timer.h"

namespace understudy::control {

struct FailoverManagerSettings {
  failover::PlannerSettings planner;
  OrderRunnerSettings orders;
};

// What the workers tell, and are told; each may be called at any time on the control loop.
struct WriterControl {
  // Sessions that run something on the primary or hold a connection to it.
  std::function<std::size_t()> count = [] { return std::size_t{0}; };
  // Ends what still holds a connection to the primary.
  std::function<void()> cut = [] {};
  // What clients were told is committed in the present epoch.
  std::function<replication::Position()> acknowledged = [] { return replication::Position(); };
};

// Drives the planner: feeds it what the monitor finds, carries out what it decides, publishes whom
// it appoints, and writes down each step. Lives on the control loop.
class FailoverManager {
 public:
  // All references outlive this.
  FailoverManager(net::Loop& loop, Monitor& monitor, LinkOpener& opener, EventLog& events,
                  FailoverManagerSettings settings, WriterControl writers, HookRunner& hooks,
                  Rebuilder& rebuilder);
  FailoverManager(const FailoverManager&) = delete;
  FailoverManager& operator=(const FailoverManager&) = delete;

  // Begins to watch. Call once, before Monitor::start().
  void start();

  // The last change of primary.
  struct LastChange {
    std::string kind;  // "failover", "switchover"
    bool succeeded = false;
    std::string primary;  // who leads after it; empty if it failed
    std::string reason;   // why it failed; else empty
    double ms = 0;        // from the decision to its end
  };
  using ChangeDone = UniqueFunction<void(Result<LastChange>)>;

  // What an operator asks for; an empty `to` lets the planner choose. `done` is called when it is
  // over, perhaps before these return. Errors: Invalid, if it is refused or failed.
  void switch_over(std::string_view to, ChangeDone done);
  void fail_over(ChangeDone done);

  // Takes a server back as a replica, now. Errors: Invalid.
  Result<void> rejoin(std::string_view server);

  [[nodiscard]] failover::PlannerView view() const { return planner_.view(); }
  [[nodiscard]] const std::optional<LastChange>& last_change() const { return last_change_; }

 private:
  void step();
  void carry_out(failover::Decisions decisions);
  void note(failover::Decisions::Note note);
  [[nodiscard]] Result<replication::ServerId> find(std::string_view server) const;
  void begun(const Result<void>& begun, ChangeDone done);
  void change_ended(LastChange change);
  void run_hook(std::string_view event, const std::string& reason);
  void rebuild(replication::ServerId server);
  [[nodiscard]] HookServer named(std::optional<replication::ServerId> server) const;

  net::Loop& loop_;
  Monitor& monitor_;
  EventLog& events_;
  failover::Planner planner_;
  OrderRunner runner_;
  const WriterControl writers_;
  HookRunner& hooks_;
  Rebuilder& rebuilder_;
  const bool rejoin_;
  std::set<replication::ServerId> wanted_;            // back, by an operator
  std::optional<replication::ServerId> old_primary_;  // when the change under way began
  net::Timer timer_;
  bool stepping_ = false;
  bool step_again_ = false;
  std::optional<LastChange> last_change_;
  std::vector<ChangeDone> waiting_;  // for the end of what is under way
};

}  // namespace understudy::control

#pragma once

#include <functional>
#include <optional>
#include <string>

#include "control/event_log.h"
#include "control/monitor.h"
#include "control/order_runner.h"
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
  FailoverManager(net::Loop& loop, Monitor& monitor, LinkOpener& opener,
                  const backend::Dialect& dialect, EventLog& events,
                  FailoverManagerSettings settings, WriterControl writers);
  FailoverManager(const FailoverManager&) = delete;
  FailoverManager& operator=(const FailoverManager&) = delete;

  // Begins to watch. Call once, before Monitor::start().
  void start();

  // What an operator asks for; an empty `to` lets the planner choose. Errors: Invalid.
  Result<void> switch_over(std::string_view to);
  Result<void> fail_over();

  [[nodiscard]] failover::PlannerView view() const { return planner_.view(); }
  // The last change of primary: its name, its outcome and the milliseconds that it took.
  struct LastChange {
    std::string name;
    bool succeeded = false;
    std::string primary;
    std::int64_t ms = 0;
  };
  [[nodiscard]] const std::optional<LastChange>& last_change() const { return last_change_; }

 private:
  void step();
  void carry_out(failover::Decisions decisions);
  void note(failover::Decisions::Note note);

  net::Loop& loop_;
  Monitor& monitor_;
  EventLog& events_;
  failover::Planner planner_;
  OrderRunner runner_;
  const WriterControl writers_;
  net::Timer timer_;
  bool stepping_ = false;
  bool step_again_ = false;
  std::uint64_t epoch_ = 0;
  std::optional<LastChange> last_change_;
};

}  // namespace understudy::control

#include "control/failover_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace understudy::control {

using failover::Decisions;
using replication::ServerId;

FailoverManager::FailoverManager(net::Loop& loop, Monitor& monitor, LinkOpener& opener,
                                 const backend::Dialect& dialect, EventLog& events,
                                 FailoverManagerSettings settings, WriterControl writers)
    : loop_(loop),
      monitor_(monitor),
      events_(events),
      planner_(std::move(settings.planner)),
      runner_(loop, opener, dialect, std::move(settings.orders),
              [this](failover::OrderId id, const failover::OrderResult& result) {
                planner_.finished(id, result);
                step();
              }),
      writers_(std::move(writers)),
      timer_(loop) {}

void FailoverManager::start() {
  monitor_.on_observation([this](ServerId id, const replication::ServerObservation& observation) {
    planner_.observe(id, observation);
  });
  // Each probe ends with a snapshot.
  monitor_.topology().subscribe([this](const replication::TopologyPtr& topology) {
    planner_.primary_seen(topology->primary);
    step();
  });
}

void FailoverManager::step() {
  // Publishing whom the planner appoints leads here again.
  if (stepping_) {
    step_again_ = true;
    return;
  }
  stepping_ = true;
  do {
    step_again_ = false;
    planner_.set_writers(writers_.count());
    planner_.acknowledge(writers_.acknowledged());
    carry_out(planner_.step(net::Loop::now()));
  } while (step_again_);
  stepping_ = false;
  const Duration pause = planner_.next_step() - net::Loop::now();
  timer_.start(std::max(pause, Duration(std::chrono::milliseconds(1))), [this] { step(); });
}

void FailoverManager::carry_out(Decisions decisions) {
  // First of all everybody has to know who leads.
  if (decisions.closed) monitor_.set_primary_closed(*decisions.closed);
  if (decisions.appointed) monitor_.appoint(*decisions.appointed);
  if (decisions.cut_writers) writers_.cut();
  for (failover::Order& order : decisions.orders)
    runner_.run(std::move(order));
  for (const ServerId server : decisions.looks)
    monitor_.look(server);
  for (Decisions::Note& each : decisions.notes)
    note(std::move(each));
}

void FailoverManager::note(Decisions::Note note) {
  const auto field = [&](std::string_view key) {
    const auto found =
        std::ranges::find(note.fields, key, &std::pair<std::string, std::string>::first);
    return found == note.fields.end() ? std::string() : found->second;
  };
  std::optional<LastChange> ended;
  for (const std::string_view kind : {"failover", "switchover"}) {
    const bool done = note.event == fmt::format("{}_done", kind);
    if (!done && note.event != fmt::format("{}_failed", kind)) continue;
    ended = LastChange{std::string(kind), done, field("primary"), field("reason"), 0};
    const std::string ms = field("ms");
    std::from_chars(ms.data(), ms.data() + ms.size(), ended->ms);
  }
  events_.add(std::move(note.event), std::move(note.fields));
  if (ended) change_ended(std::move(*ended));
}

void FailoverManager::change_ended(LastChange change) {
  last_change_ = std::move(change);
  for (ChangeDone& done : std::exchange(waiting_, {})) {
    if (last_change_->succeeded) {
      done(*last_change_);
    } else {
      done(make_error(ErrorKind::Invalid,
                      fmt::format("the {} failed: {}", last_change_->kind, last_change_->reason)));
    }
  }
}

void FailoverManager::begun(const Result<void>& begun, ChangeDone done) {
  if (!begun.ok()) return done(begun.error());
  waiting_.push_back(std::move(done));
  step();
}

Result<ServerId> FailoverManager::find(std::string_view server) const {
  const replication::ServerView* found = monitor_.topology().current()->find(server);
  if (found != nullptr) return found->id;
  return make_error(ErrorKind::Invalid,
                    fmt::format("there is no server '{}': see status for their names", server));
}

void FailoverManager::switch_over(std::string_view to, ChangeDone done) {
  std::optional<ServerId> target;
  if (!to.empty()) {
    const Result<ServerId> found = find(to);
    if (!found.ok()) return done(found.error());
    target = *found;
  }
  begun(planner_.switch_over(target, net::Loop::now()), std::move(done));
}

void FailoverManager::fail_over(ChangeDone done) {
  begun(planner_.fail_over(net::Loop::now()), std::move(done));
}

Result<void> FailoverManager::rejoin(std::string_view server) {
  const Result<ServerId> found = find(server);
  if (!found.ok()) return found.error();
  Result<void> rejoined = planner_.rejoin(*found);
  if (rejoined.ok()) step();
  return rejoined;
}

}  // namespace understudy::control

#include "control/failover_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace understudy::control {

using failover::Decisions;
using replication::ServerId;

FailoverManager::FailoverManager(net::Loop& loop, Monitor& monitor, LinkOpener& opener,
                                 EventLog& events, FailoverManagerSettings settings,
                                 WriterControl writers, HookRunner& hooks, Rebuilder& rebuilder)
    : loop_(loop),
      monitor_(monitor),
      events_(events),
      planner_(settings.planner),
      runner_(loop, opener, std::move(settings.orders),
              [this](failover::OrderId id, ServerId server, const failover::OrderResult& result) {
                // What it replicates from may have changed: the next probe asks for all of it.
                monitor_.look(server);
                planner_.finished(id, result);
                step();
              }),
      writers_(std::move(writers)),
      hooks_(hooks),
      rebuilder_(rebuilder),
      rejoin_(settings.planner.rejoin),
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
  for (const ServerId server : decisions.rebuild)
    rebuild(server);
}

void FailoverManager::note(Decisions::Note note) {
  const auto field = [&](std::string_view key) {
    const auto found =
        std::ranges::find(note.fields, key, &std::pair<std::string, std::string>::first);
    return found == note.fields.end() ? std::string() : found->second;
  };
  run_hook(note.event, field(note.event.ends_with("_failed") ? "reason" : "evidence"));
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

void FailoverManager::run_hook(std::string_view event, const std::string& reason) {
  constexpr std::array<std::pair<std::string_view, Hook>, 6> kHooks = {{
      {"failover_started", Hook::BeforeFailover},
      {"failover_done", Hook::AfterFailover},
      {"failover_failed", Hook::AfterFailover},
      {"switchover_started", Hook::BeforeSwitchover},
      {"switchover_done", Hook::AfterSwitchover},
      {"switchover_failed", Hook::AfterSwitchover},
  }};
  const auto found = std::ranges::find(kHooks, event, &std::pair<std::string_view, Hook>::first);
  if (found == kHooks.end()) return;
  const bool begins = event.ends_with("_started");
  const auto primary = planner_.detector().primary();
  if (begins) old_primary_ = primary;
  const replication::Topology& topology = *monitor_.topology().current();
  hooks_.run(found->second, {topology.cluster, topology.epoch, reason, named(old_primary_),
                             begins ? HookServer() : named(primary)});
}

HookServer FailoverManager::named(std::optional<ServerId> server) const {
  if (!server) return {};
  const failover::Member& member = planner_.detector().member(*server);
  return {member.name, member.address};
}

// A replica with transactions of its own that still receives serves: that is for an operator to
// decide.
void FailoverManager::rebuild(ServerId server) {
  const failover::Detector& detector = planner_.detector();
  const failover::Member& member = detector.member(server);
  const bool wanted = wanted_.erase(server) > 0;
  const bool serves = std::ranges::any_of(member.last->sources, [](const auto& source) {
    return source.io_running && source.last_sql_error_code == 0;
  });
  if (!wanted && (!rejoin_ || serves)) return;
  const failover::Member& primary = detector.member(*detector.primary());
  std::optional<ServerId> source;
  for (const failover::Member& other : detector.members()) {
    const bool healthy = other.id != server && other.answers && follows(other, primary) &&
                         other.last->binlog_state.beyond(primary.last->binlog_state).empty();
    if (healthy && !source) source = other.id;
  }
  const replication::Topology& topology = *monitor_.topology().current();
  rebuilder_.rebuild(
      {named(server), named(source.value_or(primary.id)), named(primary.id), topology.cluster,
       topology.epoch,
       replication::to_string(member.last->binlog_state.beyond(primary.last->binlog_state)),
       replication::to_string(member.last->binlog_state.parting_from(primary.last->binlog_state)),
       member.last->flavour});
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
  if (!rejoined.ok()) return rejoined;
  wanted_.insert(*found);
  step();
  return rejoined;
}

}  // namespace understudy::control

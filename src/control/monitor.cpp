#include "control/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "control/probe.h"

namespace understudy::control {

using replication::ServerId;
using replication::ServerObservation;
using replication::Topology;

// One server's connection and probe.
struct Monitor::Watch {
  Watch(net::Loop& loop, ServerId server) : id(server), next(loop), deadline(loop) {}

  const ServerId id;
  std::unique_ptr<LinkAttempt> attempt;
  std::unique_ptr<Link> link;
  net::Timer next;
  net::Timer deadline;
  bool busy = false;  // a probe is under way
  bool ended_once = false;
  bool with_status = false;
  bool with_heartbeats = false;
  bool with_semi_sync = false;
  bool with_room = false;
  bool look_again = false;  // asked for while a probe was under way
  Instant sent{};
  Duration backoff{};  // after the server refused us; zero: none
  // The replica status is the costly half of a probe; while hurrying it is asked less often.
  Instant status_read_at{};
  bool status_known = false;
  std::vector<replication::ReplicaStatus> sources;
  std::optional<bool> semi_sync_waits;
  bool semi_sync_source = false;  // by its last answer
  bool idle = false;              // by its last two: it takes writes, and none has come
  replication::Position logged;
  bool disk_full = false;
  std::optional<replication::Flavour> flavour;  // by its last answer
};

Monitor::Monitor(net::Loop& loop, LinkOpener& opener, EventLog& events, MonitorSettings settings)
    : loop_(loop),
      opener_(opener),
      events_(events),
      settings_(std::move(settings)),
      builder_(settings_.topology),
      publisher_(std::make_shared<const Topology>(builder_.build())) {
  for (std::size_t i = 0; i < settings_.topology.servers.size(); ++i)
    watches_.push_back(std::make_unique<Watch>(loop_, ServerId(static_cast<std::uint16_t>(i))));
}

Monitor::~Monitor() {
  *alive_ = false;
}

void Monitor::start() {
  for (const auto& watch : watches_)
    probe(*watch);
}

bool Monitor::complete() const {
  return std::all_of(watches_.begin(), watches_.end(),
                     [](const auto& watch) { return watch->ended_once; });
}

void Monitor::probe(Watch& watch) {
  if (watch.busy) return;
  watch.busy = true;
  watch.next.cancel();
  watch.sent = net::Loop::now();
  const Duration timeout = settings_.topology.probe_timeout;
  watch.deadline.start(timeout, [this, &watch, timeout] {
    failed(watch,
           make_error(ErrorKind::Timeout, fmt::format("no answer within {} ms", to_ms(timeout))));
  });
  if (watch.link) {
    ask(watch);
    return;
  }
  watch.attempt =
      opener_.open(watch.id, timeout, [this, &watch](Result<std::unique_ptr<Link>> opened) {
        watch.attempt.reset();
        if (!opened.ok()) {
          failed(watch, std::move(opened).error());
          return;
        }
        watch.link = std::move(opened).value();
        // A process that ends closes its connections: the next probe says the rest.
        watch.link->on_broken([this, &watch] {
          watch.link.reset();
          probe(watch);
        });
        watch.status_known = false;
        ask(watch);
      });
}

void Monitor::ask(Watch& watch) {
  // Positions are as of this moment, not of the connect before.
  watch.sent = net::Loop::now();
  const backend::Dialect& dialect = watch.link->dialect();
  std::vector<std::string> statements = {dialect.probe()};
  watch.with_status =
      !watch.status_known || watch.sent - watch.status_read_at >= settings_.interval * 3 / 4;
  watch.with_heartbeats =
      watch.with_status && !watch.sources.empty() && !dialect.heartbeats().empty();
  if (watch.with_status) statements.push_back(dialect.replica_status());
  if (watch.with_heartbeats) statements.push_back(dialect.heartbeats());
  watch.with_semi_sync = watch.with_status && watch.semi_sync_source;
  if (watch.with_semi_sync) statements.push_back(dialect.semi_sync_status());
  watch.with_room = watch.with_status && watch.idle;
  if (watch.with_room) statements.push_back(dialect.session_states());
  watch.link->ask(std::move(statements), [this, &watch](Result<Link::Answers> answers) {
    if (answers.ok()) {
      answered(watch, answers.value());
    } else {
      failed(watch, std::move(answers).error());
    }
  });
}

void Monitor::answered(Watch& watch, const Link::Answers& answers) {
  ServerObservation observation;
  observation.flavour = watch.link->dialect().flavour();
  watch.flavour = observation.flavour;
  if (const auto strange = other_flavour(watch)) return failed(watch, *strange);
  if (const auto read = read_probe(answers[0], observation); !read.ok()) {
    failed(watch, read.error());
    return;
  }
  std::size_t next = 1;
  if (watch.with_status) {
    const backend::TextResult& status = answers[next++];
    auto sources = read_replica_status(status, watch.with_heartbeats ? &answers[next++] : nullptr);
    if (!sources.ok()) {
      failed(watch, std::move(sources).error());
      return;
    }
    watch.sources = std::move(sources).value();
    watch.status_known = true;
    watch.status_read_at = watch.sent;
  }
  if (watch.with_semi_sync) watch.semi_sync_waits = read_semi_sync_waits(answers[next]);
  if (watch.with_room) watch.disk_full = watch.link->dialect().waits_for_room(answers.back());
  watch.idle = !observation.read_only && observation.logged == watch.logged;
  if (!watch.idle) watch.disk_full = false;
  watch.logged = observation.logged;
  observation.disk_full = watch.disk_full;
  watch.semi_sync_source = observation.semi_sync_source;
  if (!watch.semi_sync_source) watch.semi_sync_waits.reset();
  observation.sources = watch.sources;
  observation.semi_sync_waits = watch.semi_sync_waits;
  watch.backoff = {};
  ended(watch, observation);
}

// A cluster is of one flavour: that of its primary; without one, of most servers that have
// answered, the first ones if there are as many of each.
std::optional<Error> Monitor::other_flavour(const Watch& watch) const {
  std::optional<replication::Flavour> cluster;
  const auto& primary = publisher_.current()->primary;
  if (primary && *primary != watch.id) cluster = watches_[primary->value()]->flavour;
  if (!cluster) {
    const auto of = [this](replication::Flavour flavour) {
      return std::ranges::count(watches_, std::optional(flavour),
                                [](const auto& each) { return each->flavour; });
    };
    const auto maria = of(replication::Flavour::MariaDb), mysql = of(replication::Flavour::MySql);
    const auto first =
        std::ranges::find_if(watches_, [](const auto& each) { return each->flavour.has_value(); });
    cluster = maria == mysql  ? (*first)->flavour
              : maria > mysql ? replication::Flavour::MariaDb
                              : replication::Flavour::MySql;
  }
  if (cluster == watch.flavour) return std::nullopt;
  return make_error(
      ErrorKind::Unsupported,
      fmt::format("it is a server of {}, and the others of this cluster are of {}",
                  replication::name_of(*watch.flavour), replication::name_of(*cluster)));
}

void Monitor::failed(Watch& watch, Error error) {
  watch.attempt.reset();
  watch.link.reset();
  if (error.kind == ErrorKind::Server) {
    watch.backoff = std::min(std::max(watch.backoff * 2, settings_.interval), kBackoffMax);
  } else {
    watch.backoff = {};
  }
  ServerObservation observation;
  observation.failure = with_mend(std::move(error), settings_.service_user,
                                  watch.flavour.value_or(replication::Flavour::MariaDb));
  ended(watch, observation);
}

void Monitor::ended(Watch& watch, const ServerObservation& result) {
  const Instant now = net::Loop::now();
  watch.deadline.cancel();
  watch.busy = false;
  watch.ended_once = true;
  ServerObservation observation = result;
  observation.sent = watch.sent;
  observation.answered = now;
  builder_.feed(watch.id, observation, now);
  if (observer_) observer_(watch.id, observation);
  publish();
  watch.next.start(delay_after(watch, now), [this, &watch] { probe(watch); });
  if (!observation.failure && publisher_.current()->primary == watch.id) probe_replicas();
  if (std::exchange(watch.look_again, false)) look(watch.id);
}

void Monitor::look(ServerId server) {
  Watch& watch = *watches_[server.value()];
  if (watch.busy) {
    watch.look_again = true;
    return;
  }
  watch.status_known = false;
  probe(watch);
}

void Monitor::appoint(ServerId server) {
  builder_.appoint(server, loop_.now());
  publish();
}

void Monitor::set_primary_closed(bool closed) {
  builder_.set_primary_closed(closed);
  publish();
}

void Monitor::probe_replicas() {
  for (const auto& watch : watches_) {
    if (publisher_.current()->primary != watch->id && watch->backoff == Duration::zero())
      probe(*watch);
  }
}

Duration Monitor::period(Instant now) const {
  if (now.time_since_epoch().count() >= hurry_until_.load(std::memory_order_relaxed))
    return settings_.interval;
  return std::min(settings_.interval, Duration(hurry_period_.load(std::memory_order_relaxed)));
}

Duration Monitor::delay_after(const Watch& watch, Instant now) const {
  if (watch.backoff > Duration::zero()) return watch.backoff;
  // A replica is normally asked when the primary has answered; its own timer is for when it does
  // not.
  const Duration own = period(now);
  const bool primary = publisher_.current()->primary == watch.id;
  const Instant due = watch.sent + (primary ? own : own * 3 / 2);
  return std::max(due - now, Duration::zero());
}

void Monitor::publish() {
  auto snapshot = std::make_shared<const Topology>(builder_.build());
  add_changes(events_, *publisher_.current(), *snapshot);
  publisher_.publish(std::move(snapshot));
}

Result<void> Monitor::set_drained(std::string_view name, bool drained) {
  const replication::ServerView* server = publisher_.current()->find(name);
  if (server == nullptr) {
    return make_error(ErrorKind::Invalid,
                      fmt::format("there is no server '{}': see status for their names", name));
  }
  builder_.set_drained(server->id, drained);
  publish();
  return {};
}

Result<void> Monitor::drain(std::string_view server) {
  return set_drained(server, true);
}
Result<void> Monitor::resume(std::string_view server) {
  return set_drained(server, false);
}

void Monitor::hurry(Duration wanted) {
  const Duration period = std::max(wanted, kHurryMin);
  if (period >= settings_.interval) return;
  const Duration now = net::Loop::now().time_since_epoch();
  const Duration until(hurry_until_.load(std::memory_order_relaxed));
  const bool hurrying = now < until;
  const bool slower = !hurrying || period.count() < hurry_period_.load(std::memory_order_relaxed);
  // Two threads at once may both win here; the probes are then a little faster or slower.
  if (!slower && until - now > kHurryFor / 2) return;
  if (slower) hurry_period_.store(period.count(), std::memory_order_relaxed);
  hurry_until_.store((now + kHurryFor).count(), std::memory_order_relaxed);
  if (!slower) return;
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    for (const auto& watch : watches_) {
      if (watch->next.active())
        watch->next.start(delay_after(*watch, net::Loop::now()),
                          [this, each = watch.get()] { probe(*each); });
    }
  });
}

}  // namespace understudy::control

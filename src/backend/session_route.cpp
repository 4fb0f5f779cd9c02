#include <fmt/format.h>

#include "backend/session.h"
#include "protocol/server_errors.h"
#include "sql/lexer.h"

// Which server a statement goes to, and the wait until one may run it.
namespace understudy::backend {
namespace {

using sql::Effect;
using sql::StatementClass;

// How soon a statement tries again when no new topology comes.
constexpr Duration kRetryInterval = std::chrono::milliseconds(100);

Error no_server_error(const Error& reason, Duration waited) {
  return make_error(reason.kind, 1105, "08S01",
                    fmt::format("understudy: {} (waited {} ms)", reason.message, to_ms(waited)));
}

}  // namespace

bool Session::is_read() const {
  return command_.what->kind == StatementClass::Read && !forced_to_primary_ && !connection_held_ &&
         !recovering_;
}

// A read, or a change of the session's state: what one server did with it does not count until the
// session has the answer.
bool Session::is_repeatable() const {
  return is_read() || (!connection_held_ && !recovering_ && !needs_primary() &&
                       command_.what->kind == StatementClass::Session);
}

bool Session::needs_primary() const {
  const sql::Classification& what = *command_.what;
  if (forced_to_primary_ || recovering_ || state_.variable("autocommit") == "OFF") return true;
  if (what.kind == StatementClass::Read) return false;
  if (what.kind != StatementClass::Session) return true;
  // Session state may be set on any server, unless the read-only net of a replica's connection
  // would be in the way, or the session will be tied to the connection.
  if (keeps_text() && !state_.has_room(command_.text.size())) return true;
  return what.effects.has(Effect::ChangesAutocommit) ||
         what.effects.has(Effect::SetsNextTransaction) ||
         sql::contains_ignoring_case(command_.text, "read");
}

void Session::choose_server() {
  if (run_where_results_are() || run_beside_results() || save_own_warnings()) return;
  routing::Request request;
  request.read = !needs_primary();
  request.consistency = options_.consistency;
  request.max_lag = options_.max_lag;
  request.tag = options_.tag;
  request.zone = options_.zone;
  request.replica = options_.replica;
  request.apply(command_.what->hints);
  request.excluded = excluded_;
  request.now = net::Loop::now();
  const replication::Topology& topology = *dispatcher_.topology();
  route_ =
      routing::route(request, topology, reads_, dispatcher_.settings().routing, dispatcher_.load());
  no_server_.reset();
  if (!route_->found)
    no_server_ = std::make_unique<Error>(routing::explain(*route_, request, topology));
  // Positions are too old for this bound; with fresher ones the next reads need not wait.
  if (request.read && request.consistency == sql::Consistency::Bounded &&
      route_->reason != routing::Reason::WithinBound)
    dispatcher_.settings().hurry(request.max_lag / 4);
  if (!route_->found) return wait_for_server();
  if (route_->settle_first && !settling_failed_) return settle();
  const replication::ServerView& target = *topology.find(route_->target);
  if (target.role == replication::Role::Primary && may_be_ahead_of(target))
    return await_primary(target);
  acquire();
}

// True if the primary may not show yet what this session has seen on a replica, and the statement
// would let the client see that.
bool Session::may_be_ahead_of(const replication::ServerView& primary) const {
  const Instant seen = reads_.seen_elsewhere();
  if (seen == Instant{} || !route_->tracked || dispatcher_.barrier().passed(primary.id, seen))
    return false;
  const sql::Effects effects = command_.what->effects;
  const bool shows_nothing =
      command_.what->kind == StatementClass::Session ||
      (effects.has(Effect::ChangesRows) && !effects.has(Effect::MultipleStatements) &&
       state_.variable("autocommit") != "OFF");
  if (shows_nothing) return false;
  const routing::ServerLoad& load = dispatcher_.load().at(primary.id);
  const replication::Topology& topology = *dispatcher_.topology();
  const bool acknowledged = load.learned_epoch == topology.epoch && reads_.comparable(topology) &&
                            reads_.settled() && load.learned.covers(reads_.seen());
  return !acknowledged;
}

void Session::await_primary(const replication::ServerView& primary) {
  bump(dispatcher_.counters().barrier_waits);
  timer_.start(dispatcher_.settings().hold, [this] {
    barrier_ticket_.reset();
    fail(make_error(ErrorKind::Timeout, protocol::kErrorLockWaitTimeout, "HY000",
                    "understudy: the primary does not show yet what this session has read on a "
                    "replica: its commits wait; try again"));
  });
  barrier_ticket_ = dispatcher_.barrier().wait(primary, [this](const Result<void>& result) {
    barrier_ticket_.reset();
    timer_.cancel();
    if (result.ok()) return choose_server();
    // A server that does not let us ask cannot be helped: `check` tells of the missing right.
    if (result.error().kind == ErrorKind::Server) return acquire();
    no_connection(result.error());
  });
}

// Asks the server of the last reads what they can have shown, so that others may answer as well.
void Session::settle() {
  ConnectionWant want = want_of(route_->target);
  settling_ = true;
  seen_query().start(route_->target, std::move(want), [this](Result<replication::Position> seen) {
    settling_ = false;
    if (seen.ok()) reads_.settle_with(*seen, *dispatcher_.topology());
    settling_failed_ = !seen.ok();
    choose_server();
  });
}

// What the connection has to be like. A command that selects a schema does not care which one is
// selected before: a client that has just logged in may use any connection.
const SessionState& Session::wanted_state() const {
  return selecting_ ? *selecting_ : state_;
}

ConnectionWant Session::want_of(replication::ServerId server) const {
  ConnectionWant want;
  want.login = login_;
  want.state = recovering_ ? &log_.start() : &wanted_state();
  want.selects_schema = selecting_ != nullptr;
  want.read_only = dispatcher_.topology()->find(server)->role != replication::Role::Primary;
  return want;
}

void Session::wait_for_server() {
  const Instant now = net::Loop::now();
  if (!waiting_) waiting_since_ = now;
  const Duration waited = now - waiting_since_;
  // A hint that names nothing does not come true by waiting.
  const bool hopeless = no_server_ != nullptr && no_server_->kind == ErrorKind::Invalid;
  if (hopeless || (waiting_ && waited >= dispatcher_.settings().hold)) {
    // A route that was found led to a server that has just failed.
    const Error reason = no_server_ != nullptr
                             ? *no_server_
                             : make_error(ErrorKind::Unreachable, "the server does not answer");
    return fail(no_server_error(reason, waited));
  }
  if (!waiting_) bump(dispatcher_.counters().held_for_primary);
  waiting_ = true;
  excluded_ = {};
  dispatcher_.wait_for_topology(*this);
  timer_.start(kRetryInterval, [this] { topology_changed(); });
}

void Session::topology_changed() {
  dispatcher_.stop_waiting(*this);
  timer_.cancel();
  if (token_done_) return fetch_on_primary();
  choose_server();
}

void Session::fetch_seen(UniqueFunction<void(Result<std::string>)> done) {
  ASSERT(!busy());
  const replication::Topology& topology = *dispatcher_.topology();
  reads_.settle(topology);
  if (reads_.settled() && reads_.comparable(topology)) {
    done(reads_.token(topology));
    return;
  }
  token_done_ = std::move(done);
  waiting_since_ = net::Loop::now();
  fetch_on_primary();
}

void Session::fetch_on_primary() {
  ConnectionWant want;
  want.login = login_;
  want.state = &state_;
  seen_query().start_on_primary(
      std::move(want), [this](Result<replication::Position> seen) { fetched(std::move(seen)); });
}

void Session::fetched(Result<replication::Position> seen) {
  const bool may_come = !seen.ok() && (seen.error().kind == ErrorKind::Unreachable ||
                                       seen.error().kind == ErrorKind::Lost);
  if (may_come && net::Loop::now() - waiting_since_ < dispatcher_.settings().hold) {
    dispatcher_.wait_for_topology(*this);
    timer_.start(kRetryInterval, [this] { topology_changed(); });
    return;
  }
  UniqueFunction<void(Result<std::string>)> done = std::move(token_done_);
  token_done_ = {};
  drop_seen_query();
  if (!seen.ok()) return done(std::move(seen).error());
  const replication::Topology& topology = *dispatcher_.topology();
  reads_.settle_with(*seen, topology);
  done(reads_.token(topology));
}

}  // namespace understudy::backend

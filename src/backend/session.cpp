#include "backend/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>

#include "protocol/constants.h"
#include "protocol/server_errors.h"

namespace understudy::backend {
namespace {

using sql::Effect;
using sql::StatementClass;

// How soon a statement tries again when no new topology comes.
constexpr Duration kRetryInterval = std::chrono::milliseconds(100);

bool contains_word(std::string_view text, std::string_view lower_case) {
  const auto equal = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), equal) !=
         text.end();
}

// The character set of a collation, for those whose characters may hold the byte of a quote or a
// backslash; empty for all others. Source: information_schema.collations.
std::string_view character_set_with_quotes(std::uint16_t collation) {
  switch (collation) {
    case 1:
    case 84:
      return "big5";
    case 13:
    case 88:
      return "sjis";
    case 28:
    case 87:
      return "gbk";
    case 95:
    case 96:
      return "cp932";
    case 248:
    case 249:
    case 250:
      return "gb18030";
    default:
      return {};
  }
}

Error lost_error(const std::string& server, bool maybe_executed, bool with_transaction) {
  Error error =
      make_error(ErrorKind::Lost,
                 fmt::format("Lost connection to server {} {}; {}", server,
                             with_transaction ? "that held this session's transaction or locks"
                                              : "during the statement",
                             maybe_executed ? "the statement may or may not have been executed"
                                            : "the statement was not executed"));
  error.code = 2013;
  error.sqlstate = "08S01";
  error.maybe_executed = maybe_executed;
  return error;
}

Error no_server_error(const Error& reason, Duration waited) {
  Error error = make_error(
      reason.kind, fmt::format("understudy: {} (waited {} ms)", reason.message, to_ms(waited)));
  error.code = 1105;
  error.sqlstate = "08S01";
  return error;
}

}  // namespace

Session::Session(Dispatcher& dispatcher, std::shared_ptr<const Login> login, SessionOptions options)
    : dispatcher_(dispatcher),
      login_(std::move(login)),
      options_(options),
      status_(protocol::kStatusAutocommit),
      seen_query_(dispatcher),
      timer_(dispatcher.loop()) {
  refresh_modes();
}

Session::~Session() {
  dispatcher_.stop_waiting(*this);
  ticket_.reset();
  if (exchanging_) dispatcher_.load().end(connection_->server());
  discard_connection();
  count_pins(model_.pins(), {});
}

void Session::execute(const Command& command, ResponseSink& sink) {
  ASSERT(sink_ == nullptr);
  command_ = command;
  sink_ = &sink;
  forced_to_primary_ = false;
  answer_started_ = false;
  excluded_ = {};
  started_at_ = net::Loop::now();
  if (!connection_) {
    choose_server();
  } else if (!connection_->broken()) {
    start_exchange();
  } else {
    // It broke between two commands; the answer may not come from inside this call.
    timer_.start({}, [this] { lost(false); });
  }
}

bool Session::is_read() const {
  return command_.what->kind == StatementClass::Read && !forced_to_primary_ && !connection_held_;
}

bool Session::needs_primary() const {
  const sql::Classification& what = *command_.what;
  if (forced_to_primary_ || state_.variable("autocommit") == "OFF") return true;
  if (what.kind == StatementClass::Read) return false;
  if (what.kind != StatementClass::Session) return true;
  // Session state may be set on any server, unless the read-only net of a replica's connection
  // would be in the way.
  return what.effects.has(Effect::ChangesAutocommit) ||
         what.effects.has(Effect::SetsNextTransaction) || contains_word(command_.text, "read");
}

void Session::choose_server() {
  if (command_.what->effects.has(Effect::ReadsSessionResult) && !command_.what->writes) {
    if (auto connection = reclaim_last()) {
      route_.emplace();
      route_->found = true;
      route_->target = connection->server();
      route_->reason = routing::Reason::ReadsLastResult;
      route_->tracked = true;
      run(std::move(connection));
      return;
    }
  }
  routing::Request request;
  request.read = !needs_primary();
  request.consistency = options_.consistency;
  request.max_lag = options_.max_lag;
  request.apply(command_.what->hints);
  request.excluded = excluded_;
  request.now = net::Loop::now();
  const replication::Topology& topology = *dispatcher_.topology();
  route_ =
      routing::route(request, topology, reads_, dispatcher_.settings().routing, dispatcher_.load());
  no_server_ = route_->found ? Error() : routing::explain(*route_, request, topology);
  // Positions are too old for this bound; with fresher ones the next reads need not wait.
  if (request.read && request.consistency == sql::Consistency::Bounded &&
      route_->reason != routing::Reason::WithinBound)
    dispatcher_.settings().hurry(request.max_lag / 4);
  if (route_->found) {
    acquire();
  } else {
    wait_for_server();
  }
}

void Session::wait_for_server() {
  const Duration waited = net::Loop::now() - started_at_;
  // A hint that names nothing does not come true by waiting.
  const bool hopeless = no_server_.kind == ErrorKind::Invalid;
  if (hopeless || (waiting_ && waited >= dispatcher_.settings().hold)) {
    finish(no_server_error(no_server_, waited));
    return;
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
  choose_server();
}

void Session::acquire() {
  const replication::ServerView& server = *dispatcher_.topology()->find(route_->target);
  ConnectionWant want;
  want.login = login_;
  want.state = &state_;
  want.read_only = server.role != replication::Role::Primary;
  Pool& pool = dispatcher_.pool(server.id);
  if (auto connection = pool.try_take(want)) {
    run(std::move(connection));
    return;
  }
  ticket_ = pool.take(std::move(want), [this](Result<std::unique_ptr<ServerConnection>> result) {
    ticket_.reset();
    if (result.ok()) {
      run(std::move(result).value());
    } else {
      no_connection(result.error());
    }
  });
}

void Session::no_connection(const Error& why) {
  const bool server_is_the_problem =
      why.kind == ErrorKind::Unreachable || why.kind == ErrorKind::Timeout ||
      why.kind == ErrorKind::Lost || why.code == protocol::kErrorTooManyConnections;
  if (server_is_the_problem && why.kind != ErrorKind::Exhausted) {
    try_elsewhere();
  } else {
    finish(why);
  }
}

void Session::run(std::unique_ptr<ServerConnection> connection) {
  connection_ = std::move(connection);
  connection_->begin_use();
  connection_->clear_commit_position();
  start_exchange();
}

void Session::start_exchange() {
  ExchangePlan plan;
  plan.state = &state_;
  plan.harmless = is_read();
  if (route_ && !route_->wait_for.empty()) {
    plan.wait = &route_->wait_for;
    plan.wait_timeout = dispatcher_.settings().routing.wait;
    bump(dispatcher_.counters().position_waits);
  }
  if (command_.what->effects.has(Effect::ReadsSessionResult) &&
      connection_->report().last_insert_id != last_insert_id_) {
    plan.last_insert_id = last_insert_id_;
  }
  auto& counters = dispatcher_.counters().servers[connection_->server().value()];
  bump(is_read() ? counters.reads : counters.writes);
  dispatcher_.load().begin(connection_->server());
  exchanging_ = true;
  exchange_.start(*connection_, command_, plan, *sink_,
                  [this](ExchangeOutcome outcome) { on_outcome(outcome); });
}

void Session::on_outcome(ExchangeOutcome outcome) {
  exchanging_ = false;
  answer_started_ = exchange_.started();
  dispatcher_.load().end(connection_->server());
  switch (outcome) {
    case ExchangeOutcome::Answered:
      return answered();
    case ExchangeOutcome::RefusedReadOnly:
      bump(dispatcher_.counters().refused_read_only);
      return run_on_primary();
    case ExchangeOutcome::WaitTimedOut:
      bump(dispatcher_.counters().wait_timeouts);
      return run_on_primary();
    case ExchangeOutcome::SetupFailed:
      settle_connection();
      return finish(exchange_.error());
    case ExchangeOutcome::ServerLeaving:
    case ExchangeOutcome::NotSent:
    case ExchangeOutcome::Broken:
      return connection_failed(outcome);
  }
}

void Session::run_on_primary() {
  settle_connection();
  forced_to_primary_ = true;
  choose_server();
}

void Session::connection_failed(ExchangeOutcome outcome) {
  const bool executed = outcome == ExchangeOutcome::Broken && !is_read();
  if (connection_held_ || answer_started_ || executed) return lost(executed);
  discard_connection();
  try_elsewhere();
}

// After a server failed under a statement that has changed nothing anywhere.
void Session::try_elsewhere() {
  if (is_read()) {
    bump(dispatcher_.counters().retried_reads);
    excluded_.add(route_->target);
    choose_server();
  } else {
    wait_for_server();
  }
}

void Session::lost(bool maybe_executed) {
  const std::string server = connection_->server_name();
  last_route_.server = server;
  lost_state_ = connection_held_;
  discard_connection();
  finish(lost_error(server, maybe_executed, lost_state_));
}

void Session::answered() {
  note_session();
  note_position();
  settle_connection();
  finish({});
}

// What the statement did to the session: as the server reported it, and what servers do not report.
void Session::note_session() {
  const ServerReport& report = connection_->report();
  const sql::Classification& what = *command_.what;
  status_ = report.status;
  if (report.new_insert_id != 0) last_insert_id_ = report.new_insert_id;
  const bool succeeded = exchange_.error_code() == 0;
  if (succeeded || what.effects.has(Effect::MultipleStatements)) {
    const sql::Effects before = model_.pins();
    model_.apply(what, command_.text);
    const bool replayed =
        what.kind == StatementClass::Session &&
        (what.effects.has(Effect::SetsUserVariable) || contains_word(command_.text, "collat"));
    // The server says neither what a user variable is nor which collation SET NAMES chose: the text
    // is run again.
    if (replayed && !connection_->state().add_user_variables(command_.text)) {
      model_.pin(Effect::UnknownState);
    }
    count_pins(before, model_.pins());
  }
  const bool changed = connection_->state() != state_;
  if (changed) state_ = connection_->state();
  // The model has read the texts of SET statements its own way.
  if (changed || what.effects.has(Effect::SetsVariables)) refresh_modes();
}

// How the servers read this session's texts, by what they reported rather than by the texts.
void Session::refresh_modes() {
  const replication::ServerView* const primary = dispatcher_.topology()->primary_view();
  const std::string default_sql_mode = primary == nullptr ? "" : primary->sql_mode;
  model_.set_modes(sql::modes_of(
      state_.has("sql_mode") ? state_.variable("sql_mode") : std::string_view(default_sql_mode),
      state_.has("character_set_client") ? state_.variable("character_set_client")
                                         : character_set_with_quotes(login_->collation)));
}

// Keeps the count of pinned sessions by reason.
void Session::count_pins(sql::Effects before, sql::Effects after) {
  for (std::uint32_t changed = before.bits() ^ after.bits(); changed != 0;) {
    const auto bit = static_cast<std::size_t>(std::countr_zero(changed));
    const std::uint32_t mask = 1u << bit;
    changed &= ~mask;
    dispatcher_.counters().pinned[bit].fetch_add((after.bits() & mask) != 0 ? 1 : -1,
                                                 std::memory_order_relaxed);
  }
}

void Session::note_position() {
  const replication::ServerId server = connection_->server();
  const replication::Topology& topology = *dispatcher_.topology();
  const Instant now = net::Loop::now();
  if (route_ && !route_->wait_for.empty())
    dispatcher_.load().learn(server, route_->wait_for, topology.epoch);
  const std::string& commit = connection_->report().commit_position;
  if (commit.empty()) {
    // Without a route it ran on the connection that a transaction or a pin holds.
    if (!route_ || route_->tracked) reads_.note_read(server, now, topology);
    return;
  }
  if (const auto position = replication::Position::parse(commit)) {
    reads_.note_write(*position, server, now, topology);
  }
  connection_->clear_commit_position();
}

bool Session::must_hold() const {
  const ServerReport& report = connection_->report();
  return (report.status & protocol::kStatusInTransaction) != 0 ||
         report.transaction_characteristics || model_.pins().bits() != 0;
}

// Keeps the connection if the session needs this very one, else gives it back.
void Session::settle_connection() {
  if (route_) {
    last_route_.server = connection_->server_name();
    last_route_.reason = routing::to_text(route_->reason);
  }
  resume();
  connection_held_ = !connection_->broken() && must_hold();
  if (connection_held_) {
    route_.reset();
    return;
  }
  last_connection_ = connection_.get();
  last_server_ = connection_->server();
  last_use_ = connection_->use();
  dispatcher_.pool(last_server_).give_back(std::move(connection_));
}

std::unique_ptr<ServerConnection> Session::reclaim_last() {
  if (last_connection_ == nullptr) return nullptr;
  return dispatcher_.pool(last_server_).reclaim(last_connection_, last_use_);
}

void Session::discard_connection() {
  connection_held_ = false;
  paused_ = false;
  if (!connection_) return;
  const replication::ServerId server = connection_->server();
  dispatcher_.pool(server).discard(std::move(connection_));
}

void Session::finish(Result<void> result) {
  waiting_ = false;
  route_.reset();
  ResponseSink* const sink = std::exchange(sink_, nullptr);
  sink->on_finished(std::move(result), answer_started_);
}

void Session::pause() {
  if (!connection_ || paused_) return;
  paused_ = true;
  connection_->pause();
}

void Session::resume() {
  if (!std::exchange(paused_, false)) return;
  if (connection_) connection_->resume();
}

void Session::fetch_seen(UniqueFunction<void(Result<std::string>)> done) {
  ASSERT(!busy());
  const replication::Topology& topology = *dispatcher_.topology();
  reads_.settle(topology);
  if (reads_.settled() && reads_.comparable(topology)) {
    done(reads_.token(topology));
    return;
  }
  ConnectionWant want;
  want.login = login_;
  want.state = &state_;
  seen_query_.start(std::move(want),
                    [this, done = std::move(done)](Result<replication::Position> seen) mutable {
                      if (!seen.ok()) {
                        done(std::move(seen).error());
                        return;
                      }
                      const replication::Topology& now = *dispatcher_.topology();
                      reads_.settle_with(*seen, now);
                      done(reads_.token(now));
                    });
}

Result<void> Session::set_seen(std::string_view token) {
  return reads_.adopt_token(token, *dispatcher_.topology());
}

void Session::reset() {
  ASSERT(!busy());
  discard_connection();
  const std::string schema = state_.schema();
  state_ = SessionState();
  state_.set_schema(schema);
  count_pins(model_.pins(), {});
  model_ = sql::SessionModel();
  refresh_modes();
  status_ = protocol::kStatusAutocommit;
  last_insert_id_ = 0;
  lost_state_ = false;
}

}  // namespace understudy::backend

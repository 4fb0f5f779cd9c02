#include "backend/session.h"

#include <utility>

#include "protocol/constants.h"
#include "protocol/server_errors.h"

namespace understudy::backend {
namespace {

Error interrupted() {
  return make_error(ErrorKind::Server, protocol::kErrorQueryInterrupted, "70100",
                    "Query execution was interrupted");
}

}  // namespace

Session::Session(Dispatcher& dispatcher, std::shared_ptr<const Login> login, SessionOptions options)
    : dispatcher_(dispatcher),
      login_(std::move(login)),
      options_(std::move(options)),
      status_(protocol::kStatusAutocommit),
      timer_(dispatcher.loop()) {
  refresh_modes();
  dispatcher_.add(*this);
}

Session::~Session() {
  if (finding_outcome_) dispatcher_.stop_finding(*this);
  if (exchanging_) {
    note_lost_server();
    note_unwatched(log_.active());
    // A server that is busy with a statement does not notice that nobody waits for it.
    if (!connection_->broken()) dispatcher_.kill(*connection_, QueryKiller::Scope::Connection);
  }
  dispatcher_.remove(*this);
  ticket_.reset();
  barrier_ticket_.reset();
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
  settling_failed_ = false;
  interrupted_ = false;
  recoveries_ = 0;
  excluded_ = {};
  if (command_.kind == CommandKind::SelectSchema) {
    selecting_ = std::make_unique<SessionState>(state_);
    selecting_->set_schema(command_.text);
  }
  if (!connection_) {
    if (!begin_fill()) choose_server();
  } else if (!connection_->broken()) {
    result_here_ = row_count_kept_;
    rows_here_ = connection_->use() == rows_use_;
    start_exchange();
  } else {
    // It broke between two commands; the answer may not come from inside this call.
    timer_.start({}, [this] { connection_failed(false); });
  }
}

void Session::acquire() {
  ConnectionWant want = want_of(route_->target);
  Pool& pool = dispatcher_.pool(route_->target);
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
    fail(why);
  }
}

void Session::run(std::unique_ptr<ServerConnection> connection) {
  connection_ = std::move(connection);
  result_here_ = connection_->use() == last_use_ && row_count_kept_;
  rows_here_ = connection_->use() == rows_use_;
  id_here_ = id_here_ && connection_->use() == last_use_;
  connection_->begin_use(dispatcher_.next_use());
  connection_->clear_commit_position();
  count_on_primary();
  if (!save_others_warnings([this] { begin_on_connection(); })) begin_on_connection();
}

void Session::begin_on_connection() {
  if (recovering_) {
    start_replay();
  } else {
    start_exchange();
  }
}

void Session::start_exchange() {
  ExchangePlan plan;
  if (!plan_results(plan)) return refuse_unknown_results();
  plan.state = &wanted_state();
  plan.harmless = is_read();
  // What may become a part of a transaction.
  if (!plan.harmless && !connection_->read_only()) {
    sum_ = {};
    plan.sum = &sum_;
    sent_after_ = dispatcher_.primary_mark();
  }
  if (route_ && !route_->wait_for.empty()) {
    plan.wait = &route_->wait_for;
    plan.wait_timeout = dispatcher_.settings().routing.wait;
    bump(dispatcher_.counters().position_waits);
  }
  if (fill_) plan_fill(plan);
  auto& counters = dispatcher_.counters().servers[connection_->server().value()];
  bump(is_read() ? counters.reads : counters.writes);
  dispatcher_.load().begin(connection_->server());
  exchanging_ = true;
  ResponseSink& sink = fill_ ? static_cast<ResponseSink&>(*fill_) : *sink_;
  if (exchange_ == nullptr) exchange_ = dispatcher_.take_exchange();
  exchange_->start(*connection_, command_, plan, sink,
                   [this](ExchangeOutcome outcome) { on_outcome(outcome); });
}

// The results are elsewhere, and nothing was run.
void Session::refuse_unknown_results() {
  if (!connection_held_) {
    settle_connection();
    last_use_ = 0;
  }
  if (answer_known_results()) return;
  timer_.start({}, [this] { finish(results_gone()); });
}

void Session::on_outcome(ExchangeOutcome outcome) {
  exchanging_ = false;
  answer_started_ = exchange_->started();
  dispatcher_.load().end(connection_->server());
  if (interrupted_ &&
      (outcome == ExchangeOutcome::RefusedReadOnly || outcome == ExchangeOutcome::WaitTimedOut)) {
    settle_connection();
    return finish(interrupted());
  }
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
      return finish(exchange_->error());
    case ExchangeOutcome::Misbehaved:
      return misbehaved();
    case ExchangeOutcome::ReadOnlyServer:
    case ExchangeOutcome::ServerLeaving:
    case ExchangeOutcome::NotSent:
      return connection_failed(false);
    case ExchangeOutcome::Broken:
      return connection_failed(true);
  }
}

void Session::run_on_primary() {
  fill_.reset();
  settle_connection();
  forced_to_primary_ = true;
  choose_server();
}

// After a server failed under a statement that has changed nothing anywhere.
void Session::try_elsewhere() {
  if (is_repeatable()) {
    bump(dispatcher_.counters().retried_reads);
    excluded_.add(route_->target);
    choose_server();
  } else {
    wait_for_server();
  }
}

void Session::answered() {
  finish_fill();
  note_cursor();
  note_transaction();
  note_results();
  note_session();
  note_position();
  settle_connection();
  finish({});
}

std::unique_ptr<ServerConnection> Session::reclaim_last() {
  return last_use_ == 0 ? nullptr : dispatcher_.pool(last_server_).reclaim(last_use_);
}

void Session::discard_connection() {
  connection_held_ = false;
  paused_ = false;
  forget_cursors();
  if (!connection_) return;
  const replication::ServerId server = connection_->server();
  dispatcher_.pool(server).discard(std::move(connection_));
  count_on_primary();
}

// What keeps a transaction from being run again is its end.
void Session::fail(const Error& why) {
  if (recovering_) return transaction_lost(why.message);
  finish(why);
}

void Session::finish(Result<void> result) {
  waiting_ = false;
  recovering_ = false;
  if (!result.ok() && command_.cursor) command_.statement->cursor.reset();
  selecting_.reset();
  fill_.reset();
  route_.reset();
  // Whatever became of the execution, the next one has values of its own.
  if (command_.kind == CommandKind::Execute && command_.statement != nullptr)
    command_.statement->long_data = Bytes();
  no_server_.reset();
  happened_.reset();
  drop_seen_query();
  if (exchange_ != nullptr) dispatcher_.give_back(std::move(exchange_));
  ResponseSink* const sink = std::exchange(sink_, nullptr);
  sink->on_finished(std::move(result), answer_started_);
}

SeenQuery& Session::seen_query() {
  if (seen_query_ == nullptr) seen_query_ = std::make_unique<SeenQuery>(dispatcher_);
  return *seen_query_;
}

// Later: its own callback may be on the stack.
void Session::drop_seen_query() {
  if (seen_query_ != nullptr)
    dispatcher_.loop().post([query = std::move(seen_query_)]() mutable { query.reset(); });
}

void Session::pause() {
  if (!connection_ || paused_) return;
  paused_ = true;
  // Nobody else waits for this client to take its answer.
  if (fill_) fill_->set_flight({});
  connection_->pause();
}

void Session::resume() {
  if (!std::exchange(paused_, false)) return;
  if (connection_) connection_->resume();
}

void Session::interrupt() {
  if (!busy()) return;
  if (exchanging_) {
    interrupted_ = true;
    // The kill may come when the server is through with the command.
    connection_->retire();
    return dispatcher_.kill(*connection_, QueryKiller::Scope::Query);
  }
  // What is left has a bound of its own: a transaction that is run again, a write whose outcome is
  // being looked for, an answer that is to come at once.
  if (connection_ || finding_outcome_ || id_query_ || cached_answer_) return;
  stop_waiting_for_server();
  fail(interrupted());
}

void Session::stop_waiting_for_server() {
  ticket_.reset();
  barrier_ticket_.reset();
  timer_.cancel();
  if (seen_query_) seen_query_->cancel();
  settling_ = false;
  dispatcher_.stop_waiting(*this);
}

void Session::misbehaved() {
  const Error why = exchange_->error();
  lost_state_ = connection_held_;
  log_.clear();
  discard_connection();
  finish(make_error(ErrorKind::Malformed, 1105, "08S01", "understudy: " + why.message));
}

void Session::send_file(ByteView packets) {
  if (exchanging_) connection_->send(packets);
}

std::size_t Session::file_backlog() const {
  return exchanging_ ? connection_->pending_send_bytes() : 0;
}

void Session::set_multi_statements(bool on) {
  ASSERT(!busy());
  auto login = std::make_shared<Login>(*login_);
  login->capabilities &= ~protocol::kMultiStatements;
  if (on) login->capabilities |= protocol::kMultiStatements;
  login_ = std::move(login);
  identity_.clear();
  if (connection_) connection_->set_login(login_);
}

Result<void> Session::set_seen(std::string_view token) {
  return reads_.adopt_token(token, net::Loop::now(), *dispatcher_.topology());
}

void Session::reset() {
  ASSERT(!busy());
  discard_connection();
  log_.clear();
  const std::string schema = state_.schema();
  state_ = SessionState();
  state_.set_schema(schema);
  identity_.clear();
  if (!dispatcher_.keeps_ignore_space() && (login_->capabilities & protocol::kIgnoreSpace) != 0) {
    auto login = std::make_shared<Login>(*login_);
    login->capabilities &= ~protocol::kIgnoreSpace;
    login_ = std::move(login);
  }
  // It keeps FOUND_ROWS() (measured on MariaDB 10.11).
  const std::uint64_t found_rows = found_rows_.value_or(0);
  forget_results();
  found_rows_ = found_rows;
  last_use_ = 0;
  forget_pins();
  status_ = protocol::kStatusAutocommit;
  last_insert_id_ = 0;
  lost_state_ = false;
}

}  // namespace understudy::backend

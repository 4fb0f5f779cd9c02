#include <fmt/format.h>

#include "backend/session.h"
#include "protocol/constants.h"
#include "protocol/server_errors.h"
#include "sql/lexer.h"

// What a session does when it loses a connection with something on it.
namespace understudy::backend {
namespace {

using sql::Effect;

// For one statement: it may itself be what its connections end of.
constexpr int kRecoveriesMax = 3;

// What a transaction may leave on its connection and still be run again: the same statements make
// the same anew.
constexpr std::uint32_t kMadeAnew = static_cast<std::uint32_t>(Effect::TemporaryTable) |
                                    static_cast<std::uint32_t>(Effect::ComputesUserVariable);

std::string_view first_word(std::string_view text, const sql::Modes& modes) {
  sql::Lexer lexer(text, modes);
  return lexer.next().text;
}

Error lost_error(const std::string& server, bool maybe_executed, bool with_state,
                 std::string_view why) {
  const char* const when =
      with_state ? "that held this session's transaction or locks" : "during the statement";
  const char* const outcome = maybe_executed ? "the statement may or may not have been executed"
                                             : "the statement was not executed";
  Error error = make_error(ErrorKind::Lost, 2013, "08S01",
                           fmt::format("Lost connection to server {} {}; {}{}{}", server, when,
                                       outcome, why.empty() ? "" : ": ", why));
  error.maybe_executed = maybe_executed;
  return error;
}

}  // namespace

// The connection to a server that is not the primary any more ends at once: what it still answers
// must not be seen. Whatever waits for a server looks again.
void Session::primary_changed() {
  const replication::Topology& topology = *dispatcher_.topology();
  if (token_done_) {
    if (seen_query_) seen_query_->cancel();
    return fetch_on_primary();
  }
  if (connection_) {
    if (topology.primary && topology.primary != connection_->server()) cut();
    return;
  }
  if (!ticket_ && !barrier_ticket_ && !settling_) return;
  ticket_.reset();
  barrier_ticket_.reset();
  timer_.cancel();
  if (seen_query_) seen_query_->cancel();
  settling_ = false;
  choose_server();
}

void Session::cut() {
  if (!connection_ || connection_->read_only()) return;
  connection_->abandon(make_error(ErrorKind::Lost, "a change of primary has ended it"));
}

// A write stays: what became of it is not known before its server is the primary no more.
void Session::server_given_up() {
  if (!connection_ || !connection_->read_only()) return;
  if (!dispatcher_.given_up(connection_->server())) return;
  connection_->abandon(make_error(ErrorKind::Lost, "its server does not answer any more"));
}

void Session::note_lost_server() {
  lost_server_ = connection_->server_name();
  lost_thread_ = connection_->thread_id();
  lost_on_ = connection_->server();
}

// `sent`: the server may have got the command.
void Session::connection_failed(bool sent) {
  note_lost_server();
  last_route_.server = lost_server_;
  last_route_.staleness.reset();
  const bool changed = sent && !is_repeatable() && command_.what->writes;
  if (answer_started_) {
    if (sent) note_unwatched(log_.active());
    return lost(sent && !is_repeatable(), connection_held_);
  }
  if (connection_held_) return held_connection_failed(sent);
  discard_connection();
  if (changed && may_commit()) return find_outcome(false);
  try_elsewhere();
}

// True if the statement may make something last: else nothing is left of it when its connection is
// gone.
bool Session::may_commit() const {
  const sql::Effects effects = command_.what->effects;
  const bool open =
      (status_ & protocol::kStatusInTransaction) != 0 || state_.variable("autocommit") == "OFF";
  return !open || effects.has(Effect::EndsTransaction) || effects.has(Effect::BeginsTransaction) ||
         effects.has(Effect::ChangesAutocommit) || effects.has(Effect::UnknownState) ||
         effects.has(Effect::PreparedText);
}

bool Session::is_rollback() const {
  return command_.what->effects.has(Effect::EndsTransaction) &&
         command_.what->statement_count == 1 &&
         sql::equals_ignoring_case(first_word(command_.text, model_.modes()), "rollback");
}

void Session::held_connection_failed(bool sent) {
  const std::uint32_t pins = pins_at_begin_.bits() | (model_.pins().bits() & ~kMadeAnew);
  const bool in_transaction = (status_ & protocol::kStatusInTransaction) != 0;
  const bool changes = command_.what->writes || in_transaction;
  if (!log_.active() || pins != 0) {
    if (sent) note_unwatched(log_.active());
    return lost(sent, true);
  }
  discard_connection();
  if (is_rollback()) {
    // The server has done it.
    log_.clear();
    status_ = static_cast<std::uint16_t>(status_ & ~protocol::kStatusInTransaction);
    return choose_server();
  }
  if (sent && changes && (may_commit() || !log_.certain())) return find_outcome(true);
  recover();
}

// Runs the transaction again on the primary, old or new, and then the statement that was cut.
void Session::recover() {
  if (!log_.obstacle().empty()) return transaction_lost(log_.obstacle());
  if (++recoveries_ > kRecoveriesMax)
    return transaction_lost("the statement that was cut ended one connection after another");
  recovering_ = true;
  waiting_ = false;
  choose_server();
}

void Session::start_replay() {
  if (!replay_) replay_ = std::make_unique<Replay>();
  replay_->start(*connection_, log_, [this](Replay::Outcome outcome) { replayed(outcome); });
}

void Session::replayed(Replay::Outcome outcome) {
  switch (outcome) {
    case Replay::Outcome::Differs:
      return transaction_lost(replay_->why());
    case Replay::Outcome::Lost:
      discard_connection();
      return wait_for_server();
    case Replay::Outcome::Same:
      break;
  }
  if (!SessionState::reachable(connection_->state(), state_))
    return transaction_lost("the state of the session differs now");
  bump(dispatcher_.counters().replayed_transactions);
  recovering_ = false;
  connection_held_ = true;
  count_on_primary();
  start_exchange();
}

// The client's own way to try again is what it does after a deadlock.
void Session::transaction_lost(std::string_view why) {
  discard_connection();
  log_.clear();
  forget_pins();
  status_ = static_cast<std::uint16_t>(status_ & ~protocol::kStatusInTransaction);
  bump(dispatcher_.counters().lost_transactions);
  finish(make_error(ErrorKind::Server, protocol::kErrorDeadlock, "40001",
                    fmt::format("understudy: the transaction was cut by the loss of {} and could "
                                "not be replayed: {}; run it again",
                                lost_server_, why)));
}

void Session::lost(bool maybe_executed, bool with_state, std::string_view why) {
  lost_state_ = with_state;
  log_.clear();
  discard_connection();
  finish(lost_error(lost_server_, maybe_executed, with_state, why));
}

// Keeps the log of the transaction that the session is in; before note_session().
void Session::note_transaction() {
  const ServerReport& report = connection_->report();
  const sql::Effects effects = command_.what->effects;
  const bool was_open = (status_ & protocol::kStatusInTransaction) != 0;
  const bool ends = effects.has(Effect::EndsTransaction) || effects.has(Effect::BeginsTransaction);
  if (exchange_->error_code() != 0) {
    if (!log_.active()) return;
    if (!ends && protocol::leaves_transaction_open(exchange_->error_code())) return log_statement();
    return log_.lose_track("one of its statements failed in a way that may have ended it");
  }
  const bool open = (report.status & protocol::kStatusInTransaction) != 0;
  if (!open && !report.transaction_characteristics) {
    if (log_.active()) log_.clear();
    return;
  }
  if (!log_.active() || (was_open && ends)) {
    log_.begin(state_);
    pins_at_begin_ = model_.pins();
    if (!dispatcher_.settings().replay) log_.give_up("failover.replay is off");
    if (effects.has(Effect::MultipleStatements))
      log_.give_up("it began among several statements that were sent at once");
    if (was_open && sql::contains_ignoring_case(command_.text, "chain"))
      log_.give_up("it began with AND CHAIN");
    if (ends && sql::equals_ignoring_case(first_word(command_.text, model_.modes()), "xa"))
      log_.give_up("it is an XA transaction");
  }
  if (effects.has(Effect::LoadsLocalFile)) log_.give_up("it loaded a file of the client's");
  if (command_.cursor) log_.give_up("it opened a cursor");
  if (command_.bulk) log_.give_up("it ran a statement with several rows of parameters at once");
  if (report.wrote_without_transaction)
    log_.give_up("it changed a table of an engine without transactions");
  log_statement();
}

void Session::log_statement() {
  const CommandKind kind = command_.kind;
  // The others neither change nor read anything of the transaction.
  if (kind == CommandKind::Query || kind == CommandKind::Execute ||
      kind == CommandKind::SelectSchema)
    log_.add(command_, sum_, last_insert_id_, keeps_text());
}

// Keeps the count of sessions that use the primary or keep a connection to it.
void Session::count_on_primary() {
  OnPrimary now = OnPrimary::Nothing;
  if (connection_ && !connection_->read_only() && !connection_->broken()) {
    now = OnPrimary::Statement;
    if (connection_held_) now = log_.active() ? OnPrimary::Transaction : OnPrimary::Pinned;
  }
  if (now == on_primary_) return;
  const auto counter = [this](OnPrimary use) -> std::atomic<std::int64_t>* {
    DispatchCounters& counters = dispatcher_.counters();
    switch (use) {
      case OnPrimary::Statement:
        return &counters.primary_statements;
      case OnPrimary::Transaction:
        return &counters.primary_transactions;
      case OnPrimary::Pinned:
        return &counters.primary_pinned;
      case OnPrimary::Nothing:
        break;
    }
    return nullptr;
  };
  // Up before down: the sum must not be zero in between.
  if (auto* up = counter(now)) up->fetch_add(1);
  if (auto* down = counter(on_primary_)) down->fetch_sub(1);
  on_primary_ = now;
}

}  // namespace understudy::backend

#include "client/transaction_state.h"

#include "client/retry.h"
#include "client/session_handle.h"

namespace understudy::client {
namespace {

// True for what may commit on the way, so that losing it leaves its outcome open.
bool may_commit(std::string_view sql) {
  const sql::Effects effects = sql::classify(sql).effects;
  return effects.has(sql::Effect::EndsTransaction) || effects.has(sql::Effect::UnknownState) ||
         effects.has(sql::Effect::BeginsTransaction) || effects.has(sql::Effect::PreparedText) ||
         effects.has(sql::Effect::ChangesAutocommit);
}

}  // namespace

void TransactionState::begin() {
  const Outcome outcome = session_.run(Call::Form::Text, "START TRANSACTION", {}, std::nullopt);
  if (outcome.error) fail(outcome, false, connection_lost(*outcome.error));
  open_ = true;
}

QueryResult TransactionState::execute(std::string_view sql, const std::vector<Value>& parameters) {
  if (failure_) throw *failure_;
  if (left_) {
    throw DatabaseError("an earlier statement has ended this transaction", {}, 0, {}, false, false);
  }
  Outcome outcome = session_.run(Call::Form::PreparedOnPrimary, sql, parameters, std::nullopt);
  const bool risky = may_commit(sql);
  if (outcome.error) {
    const bool lost = connection_lost(*outcome.error);
    // A statement that commits first has done so even if it failed then.
    if (risky && !lost && outcome.error->kind == ErrorKind::Server) left_ = true;
    fail(outcome, risky && lost, lost || deadlock(*outcome.error));
  }
  if (!outcome.in_transaction) {
    left_ = true;
    open_ = false;
  }
  return std::move(outcome.result);
}

void TransactionState::commit() {
  if (failure_) throw *failure_;
  if (left_) return;
  const Outcome outcome = session_.run(Call::Form::Text, "COMMIT", {}, std::nullopt);
  if (outcome.error) {
    const Error& error = *outcome.error;
    const bool unknown =
        connection_lost(error) && !(error.kind == ErrorKind::Lost && !error.maybe_executed);
    fail(outcome, unknown, connection_lost(error) || deadlock(error));
  }
  open_ = false;
}

// Throws the error. `unknown`: it may have taken effect; `ends`: the transaction is over, and
// whatever it did is gone unless `unknown`.
void TransactionState::fail(const Outcome& outcome, bool unknown, bool ends) {
  Error error = *outcome.error;
  if (error.kind == ErrorKind::Invalid && error.code == 0) {
    throw std::invalid_argument(error.message);
  }
  if (connection_lost(error)) open_ = false;
  if (error.kind == ErrorKind::Malformed) error.kind = ErrorKind::Lost;
  error.maybe_executed = unknown;
  const DatabaseError failure = to_exception(error, outcome.server, false);
  if (ends) {
    failure_ = failure;
    may_repeat_ = !unknown;
  }
  throw failure;
}

void TransactionState::roll_back() noexcept {
  if (!open_) return;
  open_ = false;
  try {
    session_.run(Call::Form::Text, "ROLLBACK", {}, std::nullopt);
  } catch (const std::exception&) {
    // The session closes the connection, and the server rolls back.
    return;
  }
}

}  // namespace understudy::client

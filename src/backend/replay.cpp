#include "backend/replay.h"

#include <fmt/format.h>

namespace understudy::backend {

using sql::Effect;

void Replay::start(ServerConnection& connection, const TransactionLog& log, Done done) {
  connection_ = &connection;
  log_ = &log;
  done_ = std::move(done);
  why_.clear();
  index_ = 0;
  next();
}

void Replay::next() {
  if (index_ == log_->size()) return finish(Outcome::Same);
  entry_ = log_->at(index_);
  what_.effects = entry_.effects;
  command_ = Command{};
  command_.kind = entry_.kind;
  command_.shape = entry_.shape;
  command_.packets = entry_.packets;
  command_.text = entry_.text;
  command_.what = &what_;
  if (entry_.kind == CommandKind::Execute) {
    statement_.long_data.assign(entry_.long_data.begin(), entry_.long_data.end());
    statement_.schema = entry_.schema;
    command_.statement = &statement_;
  }
  sum_ = {};
  ExchangePlan plan;
  plan.state = index_ == 0 ? &log_->start() : &connection_->state();
  plan.sum = &sum_;
  if (entry_.effects.has(Effect::ReadsSessionResult) &&
      connection_->report().last_insert_id != entry_.last_insert_id)
    plan.last_insert_id = entry_.last_insert_id;
  // The server would give out others: somebody else may have got these in the meantime.
  if (entry_.insert_id != 0) plan.insert_id = entry_.insert_id;
  exchange_.start(*connection_, command_, plan, *this,
                  [this](ExchangeOutcome outcome) { on_outcome(outcome); });
}

void Replay::on_outcome(ExchangeOutcome outcome) {
  switch (outcome) {
    case ExchangeOutcome::Answered:
      return answered();
    case ExchangeOutcome::SetupFailed:
      why_ = exchange_.error().message;
      return finish(Outcome::Differs);
    default:
      return finish(Outcome::Lost);
  }
}

void Replay::answered() {
  ++index_;
  if (sum_.value() != entry_.answer) {
    why_ = fmt::format("the result of its statement {} differs now", index_);
    return finish(Outcome::Differs);
  }
  if (entry_.kept_text) connection_->state().add_user_variables(entry_.text);
  next();
}

void Replay::finish(Outcome outcome) {
  Done done = std::move(done_);
  done(outcome);
}

}  // namespace understudy::backend

#pragma once

#include <string>

#include "backend/exchange.h"
#include "backend/transaction_log.h"

namespace understudy::backend {

// Runs a logged transaction again on another connection and compares every answer with the one that
// the client got. Nothing of it reaches the client. Loop thread only; reused.
class Replay final : private ResponseSink {
 public:
  enum class Outcome : std::uint8_t {
    Same,     // every statement was answered as before; the transaction is open
    Differs,  // one was not, see why(): end the connection, so that the server rolls back
    Lost,     // the connection broke: nothing of this is left
  };
  using Done = UniqueFunction<void(Outcome)>;

  // `connection` and `log` must live, unchanged, until `done`, which is called once and never from
  // inside, unless the log is empty.
  void start(ServerConnection& connection, const TransactionLog& log, Done done);

  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  void on_step(const protocol::ScanStep& /*step*/) override {}
  void on_finished(Result<void> /*result*/, bool /*started*/) override {}

  void next();
  void on_outcome(ExchangeOutcome outcome);
  void answered();
  void finish(Outcome outcome);

  ServerConnection* connection_ = nullptr;
  const TransactionLog* log_ = nullptr;
  Done done_;
  std::string why_;
  std::size_t index_ = 0;
  TransactionLog::Entry entry_;
  Command command_;
  sql::Classification what_;
  PreparedStatement statement_;
  AnswerSum sum_;
  Exchange exchange_;
};

}  // namespace understudy::backend

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "backend/answer_sum.h"
#include "backend/command.h"
#include "backend/session_state.h"

namespace understudy::backend {

// The statements of the transaction that a session is in, with a checksum of each answer: what it
// takes to run it again on another server and to see whether it does the same there. Bounded; one
// that is too long, or does what cannot be done again, says why. Pure; one thread.
class TransactionLog {
 public:
  static constexpr std::size_t kBytesMax = 1024 * 1024;  // of statements
  static constexpr std::size_t kStatementsMax = 10'000;

  // A statement that was answered. Views live until the log changes.
  struct Entry {
    CommandKind kind = CommandKind::Query;
    protocol::ResponseShape shape = protocol::ResponseShape::Query;
    ByteView packets;         // framed
    ByteView long_data;       // Execute: what went before it
    std::string_view text;    // Execute: of the prepared statement; else of the command
    std::string_view schema;  // Execute: where it was prepared
    sql::Effects effects;
    std::uint16_t parameter_count = 0;  // Execute
    bool writes = false;                // it may have changed data
    bool kept_text = false;  // it set something that servers do not report: see SessionState
    std::uint64_t last_insert_id = 0;  // what LAST_INSERT_ID() answered before it
    std::uint64_t answer = 0;          // AnswerSum::value()
    // The id that it gave to its first row; 0: none, or it is not sure to take one that is offered.
    std::uint64_t insert_id = 0;
  };

  // A transaction begins with the statement that is added next, in a session whose state is
  // `state`; what was logged before is dropped.
  void begin(const SessionState& state);
  void add(const Command& command, const AnswerSum& answer, std::uint64_t last_insert_id,
           bool kept_text);
  // It cannot be run again, for this reason: a static text that follows "because".
  void give_up(std::string_view why);
  // What the server did to the transaction is not known any more: it may be open, rolled back or
  // both in part. Implies give_up().
  void lose_track(std::string_view why);
  void clear();

  // True from begin() to clear(): the session is in a transaction.
  [[nodiscard]] bool active() const { return contents_ != nullptr; }
  // False after lose_track(): a statement may have run outside the transaction.
  [[nodiscard]] bool certain() const { return active() && contents_->certain; }
  // Empty if the transaction can be run again, and outside of one.
  [[nodiscard]] std::string_view obstacle() const {
    return active() ? contents_->obstacle : std::string_view();
  }
  // While active().
  [[nodiscard]] const SessionState& start() const { return contents_->start; }
  [[nodiscard]] std::size_t size() const { return active() ? contents_->statements.size() : 0; }
  [[nodiscard]] Entry at(std::size_t index) const;

 private:
  struct Statement {
    CommandKind kind;
    protocol::ResponseShape shape;
    bool writes;
    bool kept_text;
    std::uint16_t parameter_count;
    sql::Effects effects;
    std::size_t offset;  // in bytes_: packets, long data, text and schema of a prepared statement
    std::size_t packets_size;
    std::size_t long_data_size;
    std::size_t text_size;  // 0 where the text is in the packets
    std::size_t schema_size;
    std::uint64_t last_insert_id;
    std::uint64_t answer;
    std::uint64_t insert_id;
  };

  struct Contents {
    bool certain = true;
    std::string_view obstacle;
    SessionState start;
    Bytes bytes;
    std::vector<Statement> statements;
  };

  std::unique_ptr<Contents> contents_;  // none outside of transactions
};

}  // namespace understudy::backend

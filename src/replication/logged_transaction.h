#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "replication/binlog_event.h"
#include "replication/transaction_form.h"
#include "replication/transaction_id.h"

namespace understudy::replication {

// How many rows of one table a statement changed, as row events count them.
struct ChangedRows {
  std::string schema;
  std::string table;
  std::uint64_t written = 0;
  std::uint64_t updated = 0;
  std::uint64_t deleted = 0;

  friend bool operator==(const ChangedRows&, const ChangedRows&) = default;
};

// A statement as a binary log shows it. Measured on MariaDB 10.11:
//  - The text is what the client sent, in its character set, comments and hints included, without
//    space at its ends and a semicolon behind it. Of several statements in one command each has its
//    own. Values of a prepared statement's parameters stand in the text as literals.
//  - DROP TABLE is logged in the server's own words, and so is the CREATE TABLE of CREATE … SELECT
//    before rows.
//  - A replica in row format that applies a statement of a primary in statement format logs rows
//    without text; and nothing at all if no row changed.
//
// In row format the text is that of the Annotate_rows event before the rows. A statement that
// changed no row is not in the log at all, and nothing says which schema was the default, nor which
// connection it was. In statement format (MIXED, where the server takes it for safe) the text is
// that of the Query event, which says all of this and no row counts.
//
// MySQL has a BEGIN before the rows, which names a connection: in a replica's log not the one where
// the transaction was executed (seen on 9.7: what its worker has applied before), so it says
// nothing.
struct LoggedStatement {
  std::string text;    // empty if rows came without their statement (binlog_annotate_row_events=0)
  std::string schema;  // the default schema; empty in row format
  // Of the connection on the server where the transaction was first executed.
  std::optional<std::uint32_t> thread_id;
  // Of statement format: the first AUTO_INCREMENT value that the statement gave out.
  std::optional<std::uint64_t> insert_id;
  std::uint16_t error_code = 0;   // with which a statement failed that had changed rows by then
  bool row_based = false;         // `rows` says what changed
  bool rows_complete = true;      // false: some rows were in a form that is not decoded
  std::vector<ChangedRows> rows;  // by table, in the order of their first row
  // For each of these the whole numbers in the first row that was written, by column; empty if none
  // was. See first_whole_numbers().
  std::vector<std::vector<std::optional<std::uint64_t>>> first_written;

  friend bool operator==(const LoggedStatement&, const LoggedStatement&) = default;
};

// How a transaction ended in the log.
enum class CommitKind : std::uint8_t {
  Standalone,  // a statement that is a transaction of its own: DDL and the like
  Xid,         // COMMIT of a transactional engine
  Statement,   // a COMMIT as text: other engines
  XaPrepare,   // XA PREPARE: not committed yet
  Rollback,    // logged, because it changed what cannot be rolled back
};

// One transaction of a binary log.
struct LoggedTransaction {
  TransactionId gtid;
  std::vector<LoggedStatement> statements;
  CommitKind commit = CommitKind::Xid;

  friend bool operator==(const LoggedTransaction&, const LoggedTransaction&) = default;
};

// Puts the events of one log together to transactions. A value of one thread.
class TransactionAssembler {
 public:
  // Takes the next event; returns the transaction that it ends. One whose end is missing (the log
  // ends in it, or the server died) is left out. Error: Unsupported if the log says that changes
  // are missing from it (an incident).
  Result<std::optional<LoggedTransaction>> take(const BinlogEvent& event);

  // What the transaction that is not over yet takes in memory, roughly.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void begin(const BinlogEvent& event, TransactionId id);
  std::optional<LoggedTransaction> take_query(const QueryEvent& event);
  void take_rows(const RowsEvent& event);
  LoggedStatement& add_statement(std::string_view text);
  LoggedTransaction end(CommitKind kind);

  std::optional<LoggedTransaction> open_;
  TransactionForm form_;
  bool in_rows_ = false;  // the last statement may get rows
  std::optional<std::uint64_t> insert_id_;
  std::size_t bytes_ = 0;
};

}  // namespace understudy::replication

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replication/position.h"

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

// A statement as a binary log shows it.
//
// In row format the text is that of the Annotate_rows event before the rows. A statement that
// changed no row is not in the log at all, and nothing says which schema was the default, nor which
// connection it was. In statement format (MIXED, where the server takes it for safe) the text is
// that of the Query event, which says all of this and no row counts.
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
  Gtid gtid;
  std::vector<LoggedStatement> statements;
  CommitKind commit = CommitKind::Xid;

  friend bool operator==(const LoggedTransaction&, const LoggedTransaction&) = default;
};

}  // namespace understudy::replication

#pragma once

#include <cstdint>
#include <optional>

#include "replication/logged_transaction.h"
#include "replication/write_outcome.h"
#include "sql/statement.h"

namespace understudy::replication {

// What a server must have answered to a statement that the log shows, as far as the log proves it.
struct WriteAnswer {
  std::optional<std::uint64_t> affected_rows;
  std::optional<std::uint64_t> last_insert_id;
  // The text says all of what it writes: INSERT or REPLACE of literal values.
  bool literal = false;
  std::optional<InsertedRows> inserted;  // of INSERT and REPLACE in row format

  friend bool operator==(const WriteAnswer&, const WriteAnswer&) = default;
};

// The rules of MariaDB 10.11 for the rows that are affected:
//  - INSERT: the rows written; ON DUPLICATE KEY UPDATE: 1 for one that was written, 2 for one that
//    was changed, 0 for one that had these values already (1 under CLIENT_FOUND_ROWS);
//  - REPLACE: the rows given, and those that had to go for them;
//  - UPDATE: the rows changed (under CLIENT_FOUND_ROWS those matched); DELETE: the rows deleted.
// Rows that triggers change in other tables do not count. Nothing is said of statements that answer
// with rows (RETURNING), change several tables, or have rows in the log that the rules do not
// explain (tables with SYSTEM VERSIONING).
WriteAnswer answer_of(const LoggedStatement& statement, bool found_rows, const sql::Modes& modes);

}  // namespace understudy::replication

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/value.h"
#include "replication/logged_transaction.h"
#include "sql/statement.h"

namespace understudy::replication {

// One statement of an unknown write, as the client sent it.
struct SentStatement {
  std::string_view text;  // empty: not known, it may have been any
  // A prepared statement: each '?' of the text stands for a parameter. The server writes values
  // into the text that it logs. A parameter that is missing here, or nothing, may be any value.
  bool prepared = false;
  std::span<const std::optional<protocol::Value>> parameters;
};

// A write that was sent to the old primary and whose answer was lost with it: one statement, or a
// transaction whose COMMIT was not answered. Views have to live until resolve_writes() returns.
struct UnknownWrite {
  std::string_view schema;  // the session's default schema when it was sent, or empty
  // In order. Of a transaction all statements that may have changed rows; reads may be left out.
  std::span<const SentStatement> statements;
  std::uint32_t thread_id = 0;  // of its connection on the old primary
  bool found_rows = false;      // CLIENT_FOUND_ROWS: UPDATE answers with the rows it matched
  sql::Modes modes;             // how the session's texts are read
};

// What an INSERT in row format wrote. The id that was answered stands in the table's AUTO_INCREMENT
// column, which the log does not name; without one it is 0.
struct InsertedRows {
  std::string schema;
  std::string table;
  std::vector<std::optional<std::uint64_t>> first;  // the first row's whole numbers, by column
  bool several = false;  // then only if the text leaves that column to the server
  std::optional<std::vector<std::string>> columns;  // that the text names, in lower case

  friend bool operator==(const InsertedRows&, const InsertedRows&) = default;
};

// The write is in the log. What is not known cannot be proved from the log; never a guess.
struct Happened {
  TransactionId gtid;
  // What the server must have answered. Only for a single statement; not known for
  //  - UPDATE and ON DUPLICATE KEY UPDATE under CLIENT_FOUND_ROWS: rows matched but not changed are
  //    not in the log;
  //  - statements in statement format other than INSERT … VALUES of literals;
  //  - whatever changes several tables, and DDL.
  std::optional<std::uint64_t> affected_rows;
  std::optional<std::uint64_t> last_insert_id;
  // Several writes of the same text are unknown and all of them happened: which of them this
  // transaction belongs to is not known. For INSERT … VALUES of literals any order is as good as
  // any other; for everything else the two values above are then left out.
  bool one_of_equals = false;
  std::optional<InsertedRows> inserted;  // where last_insert_id is not known

  friend bool operator==(const Happened&, const Happened&) = default;
};

// The write is not in the log and may be run. In row format this is also said of a write that did
// run and changed nothing (an UPDATE that matched no row): running it again does no harm, as
// nothing of it is left and nobody has seen an answer.
struct DidNotHappen {
  friend bool operator==(const DidNotHappen&, const DidNotHappen&) = default;
};

// It may or may not have happened. `reason` is static, for people.
struct Ambiguous {
  std::string_view reason;
  friend bool operator==(const Ambiguous&, const Ambiguous&) = default;
};

using WriteOutcome = std::variant<Happened, DidNotHappen, Ambiguous>;

// What the writes are judged by.
struct OutcomeEvidence {
  // The old primary. Transactions of other servers (those of the new primary,
  // which may take writes already) are nobody's unknown write.
  ServerIdentity old_primary;
  // All transactions in the new primary's log after a position that the old primary had reached
  // before the first of the writes was sent.
  std::span<const LoggedTransaction> transactions;
  // The transactions whose answers reached a client, or us: they are no unknown write. In any
  // order; must be complete after that position for the writes that went through us, else what is
  // missing counts as somebody else's.
  std::span<const TransactionId> acknowledged;
};

// Decides for each of `writes` what became of it. They must be *all* unknown writes of this
// Understudy, those of clients that have gone away too.
//
// A transaction that carries the thread id of a write's connection is that write if its texts
// match; one that carries another id is not. Without ids (row format) texts decide: where as many
// transactions that nobody acknowledged match as there are writes of that text, all happened; where
// there are none, none happened; else it is ambiguous. If there are unacknowledged transactions
// that match no write at all, others write to the cluster too and texts alone prove no more than
// that a write did not happen.
//
// Two preconditions: no replication filter hides writes from the new primary's log, and the
// sessions had sql_log_bin on. Returns one outcome for each write, in their order.
std::vector<WriteOutcome> resolve_writes(const OutcomeEvidence& evidence,
                                         std::span<const UnknownWrite> writes);

}  // namespace understudy::replication

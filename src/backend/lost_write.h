#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "protocol/value.h"
#include "replication/position.h"
#include "replication/topology.h"
#include "replication/write_outcome.h"
#include "sql/statement.h"

namespace understudy::backend {

// Where the primary of an epoch was known to have come.
struct PrimaryMark {
  std::uint64_t epoch = 0;
  replication::ServerId server;
  replication::ServerIdentity identity;
  replication::Position position;
  // The same some time before, to see in the log from there on whether others write here as well.
  replication::Position watched_from;
};

// A write that was sent to a primary and whose answer was lost with it: one statement, or a
// transaction whose COMMIT was sent. Owns what it says; pure.
struct LostWrite {
  struct Statement {
    std::string text;  // empty: it may have been any
    bool prepared = false;
    Bytes execute;  // of a prepared one: the framed COM_STMT_EXECUTE
    std::uint16_t parameter_count = 0;
  };
  std::string schema;
  std::vector<Statement> statements;  // without the COMMIT
  std::uint32_t thread_id = 0;
  bool found_rows = false;
  sql::Modes modes;
  std::shared_ptr<const PrimaryMark> sent_after;  // the primary had come that far before
};

// The values that a COM_STMT_EXECUTE binds; views into `framed`. Nothing where it does not say them
// itself (types bound earlier, values sent before it, several frames) or is malformed.
std::vector<std::optional<protocol::Value>> bound_values(ByteView framed,
                                                         std::uint16_t parameter_count);

// What became of writes that were sent to the server of `mark` after it, by the transactions in the
// log of the next primary after `mark.watched_from`. If somebody else was seen to write there, a
// text alone does not prove that the write happened.
std::vector<replication::WriteOutcome> resolve(
    const PrimaryMark& mark, std::span<const replication::LoggedTransaction> transactions,
    std::span<const replication::TransactionId> acknowledged,
    const std::vector<std::shared_ptr<const LostWrite>>& writes);

}  // namespace understudy::backend

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "replication/binlog_event.h"
#include "replication/transaction_id.h"

// How a transaction stands in a log: between its GTID and an event that ends it, or as one
// statement behind its GTID. MariaDB says which beforehand, MySQL's first statement shows it.
namespace understudy::replication {

// The id, if the event begins a transaction.
std::optional<TransactionId> begun_by(const BinlogEvent& event);

// Of one log, statement by statement. A value.
class TransactionForm {
 public:
  enum class Query : std::uint8_t {
    Statement,   // one of several, or none of the others
    Begins,      // says that others follow
    Standalone,  // is all of the transaction
    Commits,
    RollsBack,
  };

  // An event for which begun_by() has an id.
  void begin(const BinlogEvent& event);
  // What the next statement of the transaction is.
  Query take(const QueryEvent& query);

 private:
  enum class Form : std::uint8_t { Standalone, Several, Unknown };
  Form form_ = Form::Unknown;
};

}  // namespace understudy::replication

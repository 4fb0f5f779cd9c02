#pragma once

#include <cstdint>

#include "replication/binlog_event.h"
#include "replication/transaction_form.h"
#include "replication/transaction_id.h"

namespace understudy::replication {

// Where transactions begin and end in the events of one binary log: what a follower has to know of
// a transaction without keeping it. A value of one thread.
class TransactionScope {
 public:
  enum class Edge : std::uint8_t {
    None,        // inside a transaction, or no event of one
    Begun,       // the event begins one, which gtid() names
    Committed,   // the event is the last of one: what it did is there for all
    RolledBack,  // the event is the last of one that did not take place
    Prepared,    // the event ends XA PREPARE: it takes place with another transaction's XA COMMIT
  };

  Edge take(const BinlogEvent& event);
  // The log goes on elsewhere, and not inside a transaction.
  void reset() { open_ = false; }

  [[nodiscard]] bool open() const { return open_; }
  // Of the transaction that is open, or of the one that has just ended.
  [[nodiscard]] const TransactionId& gtid() const { return gtid_; }

 private:
  Edge take_query(const QueryEvent& event);
  Edge end(Edge how);

  bool open_ = false;
  TransactionForm form_;
  TransactionId gtid_;
};

}  // namespace understudy::replication

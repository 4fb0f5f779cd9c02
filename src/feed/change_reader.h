#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "feed/change.h"
#include "feed/event_id.h"
#include "replication/binlog_event.h"
#include "replication/row_reader.h"
#include "replication/transaction_scope.h"

namespace understudy::feed {

// What the servers say of a table: completes a table as the log has it. Null: it is not known.
class TableSource {
 public:
  virtual ~TableSource() = default;
  // The table with what its definition adds. Nothing if no definition is known yet; an error
  // (Invalid) if the definition that is known does not fit the log.
  [[nodiscard]] virtual std::optional<Result<replication::TableFormat>> complete(
      const replication::TableFormat& logged) const = 0;
  // The definition has changed.
  virtual void forget(const TableId& table) = 0;
};

// Finds a subscriber's changes in the events of a binary log. A value of one thread.
class ChangeReader {
 public:
  // All outlive this.
  ChangeReader(const Selection& selection, TableSource& tables, ChangeSink& sink)
      : selection_(selection), tables_(tables), sink_(sink) {}

  // The next event is the first one behind `at.after`; what `at` says of the transaction there is
  // not delivered again. What was open is forgotten.
  void start(const EventId& at);

  // The next event of the log. Errors end the subscription: Invalid (the filter or a column name
  // does not fit the table), Unsupported (changes that the log does not have as rows), Malformed.
  Result<void> take(const replication::BinlogEvent& event);

  // Rows came of a table whose definition is not known: find it out, and start() again where it was
  // left. Until then nothing more may be taken.
  [[nodiscard]] const std::optional<TableId>& missing() const { return missing_; }

  // All transactions up to here are over; one that is open comes after it.
  [[nodiscard]] const replication::Position& position() const { return position_; }
  [[nodiscard]] bool open() const { return scope_.open(); }
  // Where the open transaction is, or else the position.
  [[nodiscard]] EventId here() const;
  // The log's first position is what its list of GTIDs says (for who begins at its beginning).
  void begin_at_list() { begins_at_list_ = true; }

 private:
  struct Table {
    std::shared_ptr<const replication::TableFormat> logged;
    TableView view;
    std::shared_ptr<const replication::TableFormat> format;  // with its definition
    replication::RowReader rows;
  };

  void take_list(const replication::BinlogEvent& event);
  Result<void> begin(const replication::BinlogEvent& event);
  Result<void> take_body(const replication::BinlogEvent& event);
  Result<void> take_rows(const replication::RowsEvent& event);
  Result<void> deliver(Table& table, const replication::RowsEvent& event);
  Result<void> take_query(const replication::QueryEvent& query);
  Result<void> end(replication::TransactionScope::Edge how);
  [[nodiscard]] const TableId* find_wanted(const replication::TableFormat& format) const;
  Result<Table*> prepared(const TableId& id,
                          const std::shared_ptr<const replication::TableFormat>& logged);
  [[nodiscard]] Error in_table(Error error, const TableId& table) const;

  const Selection& selection_;
  TableSource& tables_;
  ChangeSink& sink_;
  replication::TransactionScope scope_;
  replication::Position position_;
  EventId resume_;          // a transaction of which some rows are not to come again
  std::uint64_t rows_ = 0;  // of the open transaction
  std::uint64_t skipped_ = 0;
  bool begun_ = false;  // the sink knows of the open transaction
  bool begins_at_list_ = false;
  std::map<TableId, Table> prepared_;
  std::optional<TableId> missing_;
};

}  // namespace understudy::feed

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "feed/request.h"
#include "replication/column_value.h"
#include "replication/position.h"
#include "replication/row_image.h"

// What a ChangeReader finds in the log.
namespace understudy::feed {

enum class ChangeKind : std::uint8_t { Insert, Update, Delete };

// "insert", "update", "delete".
std::string_view to_text(ChangeKind kind);

using Row = std::vector<replication::ColumnValue>;  // one value for each column of the table

// A table through a subscriber's eyes: what columns are shown, and which rows.
class TableView {
 public:
  struct Column {
    std::size_t index;
    std::string name;
  };

  // `format` names its columns. Error: Invalid if a column that is asked for does not exist.
  static Result<TableView> make(const Selection& selection, const replication::TableFormat& format);

  [[nodiscard]] const TableId& table() const { return table_; }
  [[nodiscard]] std::span<const Column> shown() const { return shown_; }

  // Whether the filter lets the change through: a row passes as it was before or as it is after;
  // the one that does not exist is null. What an image after does not have is as before. Errors
  // those of holds().
  [[nodiscard]] Result<bool> wants(const Row* before, const Row* after) const;

 private:
  [[nodiscard]] Result<bool> passes(const Row& row, const Row* before) const;

  TableId table_;
  std::vector<Column> shown_;
  std::vector<std::pair<std::size_t, Comparison>> conditions_;
};

struct RowChange {
  const TableView& table;
  ChangeKind kind;
  const Row* before;  // null for an insert
  const Row* after;   // null for a delete
};

struct DefinitionChange {
  std::span<const TableId> tables;
  std::string_view schema;  // the default one
  std::string_view statement;
};

struct TransactionHead {
  replication::TransactionId gtid;
  std::uint32_t timestamp = 0;   // seconds since 1970
  replication::Position before;  // what comes before it
  std::uint64_t skipped = 0;     // so many rows of it were delivered earlier and do not come again
};

// Takes one transaction after another. begin() comes for each transaction of the log, and then one
// of end(), rolled_back() and forget().
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  virtual void begin(const TransactionHead& head) = 0;
  // `rows` of the transaction have come by now, this one included; see EventId.
  virtual void row(const RowChange& change, std::uint64_t rows) = 0;
  virtual void definition(const DefinitionChange& change) = 0;
  virtual void end(const replication::Position& after) = 0;
  virtual void rolled_back(const replication::Position& after) = 0;
  // The transaction comes again.
  virtual void forget() = 0;
};

}  // namespace understudy::feed

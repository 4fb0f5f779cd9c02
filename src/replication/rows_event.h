#pragma once

#include <optional>

#include "base/result.h"
#include "replication/binlog_event.h"
#include "replication/event_type.h"

namespace understudy::replication {

struct RowsKind {
  RowChange change = RowChange::Written;
  bool second_version = false;  // has a longer header
  bool compressed = false;      // MariaDB: the rows are, not what stands before them
  bool partial = false;
};

// Nothing for types of other events.
std::optional<RowsKind> rows_kind(EventType type);

// The table and flags at the front of a row event. `event.table` is for the caller to find.
struct RowsHeader {
  std::uint64_t table_id = 0;
  bool ends_statement = false;
};
RowsHeader read_rows_header(const RowsKind& kind, ByteReader& reader);

// The columns that follow, which the table must have.
Result<void> read_rows_columns(ByteReader& reader, RowsEvent& event);

// Counts the rows of an event that is complete but for that.
Result<void> count_rows_of(RowsEvent& event);

}  // namespace understudy::replication

#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "replication/flavour.h"
#include "replication/table_format.h"

namespace understudy::replication {

// Reads the optional part of a table map event (binlog_row_metadata) into a table whose columns
// have their types. With FULL there is everything, with MINIMAL (MySQL's default) signedness,
// character sets and the kind of geometry, with NO_LOG (MariaDB's default) nothing. Fields that are
// not known are passed over. Source: MySQL, libs/mysql/binlog/event/rows_event.h, Table_map_event.
// MariaDB writes the same, but counts geometry among the columns that have a character set
// (measured on 10.11). Error: Malformed.
Result<void> read_table_metadata(ByteView bytes, Flavour flavour, TableFormat& table);

}  // namespace understudy::replication

#pragma once

#include "replication/binlog_event.h"
#include "sql/statement.h"

namespace understudy::replication {

// Fills in what the status variables of a query event say of its text's form. They have no lengths,
// so what comes behind one that is not known cannot be read; these two come early. Never fails.
void read_query_status(ByteView status, QueryEvent& query);

// How sql::classify has to read the event's text.
sql::Modes modes_of(const QueryEvent& query);

}  // namespace understudy::replication

#pragma once

#include <string_view>

#include "base/result.h"
#include "replication/binlog_event.h"
#include "replication/event_type.h"

// The bodies of events that need nothing from earlier ones; `bytes` is what stands between header
// and checksum. Errors: Malformed.
namespace understudy::replication {

Error malformed_event(std::string_view what);

// The body, or Malformed if the reader has failed.
template <typename Body>
Result<EventBody> checked(const ByteReader& reader, Body body, std::string_view what) {
  if (reader.failed()) return malformed_event(what);
  return EventBody(std::move(body));
}

// Of both flavours, and of MariaDB.
Result<EventBody> read_rotate(ByteView bytes);
Result<EventBody> read_gtid(const EventHeader& header, ByteView bytes);
Result<EventBody> read_gtid_list(ByteView bytes);
Result<EventBody> read_query(EventType type, ByteView bytes);
Result<EventBody> read_int_var(ByteView bytes);
Result<EventBody> read_incident(ByteView bytes);
Result<EventBody> read_xid(ByteView bytes);
Result<EventBody> read_xa_prepare(ByteView bytes);

// Of MySQL.
Result<EventBody> read_mysql_gtid(bool anonymous, ByteView bytes);
Result<EventBody> read_tagged_gtid(ByteView bytes);
Result<EventBody> read_previous_gtids(ByteView bytes);
Result<EventBody> read_rows_query(ByteView bytes);
Result<EventBody> read_heartbeat_v2(ByteView bytes);
Result<EventBody> read_transaction_payload(ByteView bytes);

}  // namespace understudy::replication

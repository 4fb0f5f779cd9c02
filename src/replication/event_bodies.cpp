#include "replication/event_bodies.h"

#include <fmt/format.h>

#include "replication/query_status.h"

namespace understudy::replication {

Error malformed_event(std::string_view what) {
  return make_error(ErrorKind::Malformed, fmt::format("malformed binary log event: {}", what));
}

Result<EventBody> read_rotate(ByteView bytes) {
  ByteReader reader(bytes);
  RotateEvent rotate;
  rotate.position = reader.u64();
  rotate.file = as_text(reader.take_rest());
  return checked(reader, rotate, "a short rotate event");
}

Result<EventBody> read_gtid(const EventHeader& header, ByteView bytes) {
  constexpr std::uint8_t kStandalone = 1u << 0;
  constexpr std::uint8_t kGroupCommitId = 1u << 1;
  constexpr std::uint8_t kTransactional = 1u << 2;
  constexpr std::uint8_t kDdl = 1u << 5;
  constexpr std::uint8_t kPreparedXa = 1u << 6;
  constexpr std::uint8_t kCompletedXa = 1u << 7;
  ByteReader reader(bytes);
  GtidEvent event;
  event.gtid.sequence = reader.u64();
  event.gtid.domain = reader.u32();
  event.gtid.server = header.server_id;
  const std::uint8_t flags = reader.u8();
  event.standalone = (flags & kStandalone) != 0;
  event.ddl = (flags & kDdl) != 0;
  event.transactional = (flags & kTransactional) != 0;
  event.xa_prepare = (flags & kPreparedXa) != 0;
  event.xa_complete = (flags & kCompletedXa) != 0;
  if ((flags & kGroupCommitId) != 0) event.commit_id = reader.u64();
  return checked(reader, event, "a short GTID event");
}

Result<EventBody> read_gtid_list(ByteView bytes) {
  constexpr std::uint32_t kCountMask = 0x0fffffff;  // the other bits are flags
  constexpr std::size_t kEntrySize = 16;
  ByteReader reader(bytes);
  const std::uint32_t count = reader.u32() & kCountMask;
  if (reader.failed() || count > reader.remaining() / kEntrySize) {
    return malformed_event("a short GTID list event");
  }
  GtidListEvent list;
  list.gtids.resize(count);
  for (Gtid& gtid : list.gtids) {
    gtid.domain = reader.u32();
    gtid.server = reader.u32();
    gtid.sequence = reader.u64();
  }
  return EventBody(std::move(list));
}

Result<EventBody> read_query(EventType type, ByteView bytes) {
  constexpr std::size_t kLoadHeaderSize = 13;  // the loaded file's number and place in the text
  ByteReader reader(bytes);
  QueryEvent query;
  query.thread_id = reader.u32();
  query.seconds = reader.u32();
  const std::uint8_t schema_size = reader.u8();
  query.error_code = reader.u16();
  const std::uint16_t status_size = reader.u16();
  if (type == EventType::ExecuteLoadQuery) reader.take(kLoadHeaderSize);
  query.status = reader.take(status_size);
  query.schema = as_text(reader.take(schema_size));
  if (reader.u8() != 0) return malformed_event("a query event's schema");
  read_query_status(query.status, query);
  query.text = as_text(reader.take_rest());
  return checked(reader, query, "a short query event");
}

Result<EventBody> read_int_var(ByteView bytes) {
  ByteReader reader(bytes);
  const std::uint8_t kind = reader.u8();
  IntVarEvent event;
  event.value = reader.u64();
  if (kind != 1 && kind != 2) return malformed_event("an integer variable that is not known");
  event.kind = static_cast<IntVarEvent::Kind>(kind);
  return checked(reader, event, "a short integer variable event");
}

Result<EventBody> read_incident(ByteView bytes) {
  ByteReader reader(bytes);
  IncidentEvent incident;
  incident.number = reader.u16();
  const std::uint8_t size = reader.remaining() > 0 ? reader.u8() : std::uint8_t{0};
  incident.message = as_text(reader.take(size));
  return checked(reader, incident, "a short incident event");
}

Result<EventBody> read_xid(ByteView bytes) {
  ByteReader reader(bytes);
  const XidEvent xid{reader.u64()};
  return checked(reader, xid, "a short XID event");
}

Result<EventBody> read_xa_prepare(ByteView bytes) {
  ByteReader reader(bytes);
  XaPrepareEvent prepare;
  prepare.one_phase = reader.u8() != 0;
  prepare.format = reader.u32();
  const std::uint32_t global_size = reader.u32();
  const std::uint32_t branch_size = reader.u32();
  prepare.global_id = reader.take(global_size);
  prepare.branch_id = reader.take(branch_size);
  return checked(reader, prepare, "a short XA PREPARE event");
}

}  // namespace understudy::replication

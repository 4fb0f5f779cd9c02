#include <algorithm>

#include "protocol/lenenc.h"
#include "replication/event_bodies.h"

namespace understudy::replication {
namespace {

using protocol::read_lenenc;

// The newer parts, which were added one after another: those that are missing stay as they are.
void read_commit_times(ByteReader& reader, MySqlGtidEvent& event) {
  constexpr std::size_t kTimeSize = 7;
  constexpr std::uint64_t kOtherTimeFollows = std::uint64_t{1} << 55;
  constexpr std::uint8_t kLogicalClock = 2;
  if (reader.remaining() == 0 || reader.u8() != kLogicalClock) return;
  event.last_committed = static_cast<std::int64_t>(reader.u64());
  event.sequence_number = static_cast<std::int64_t>(reader.u64());
  if (reader.remaining() < kTimeSize) return;
  const std::uint64_t time = reader.integer(kTimeSize);
  event.committed_here = time & ~kOtherTimeFollows;
  event.committed_first =
      (time & kOtherTimeFollows) != 0 ? reader.integer(kTimeSize) : event.committed_here;
  if (reader.remaining() > 0) event.size = read_lenenc(reader);
}

void read_tagged_field(std::uint64_t field, ByteReader& reader, MySqlGtidEvent& event) {
  constexpr std::size_t kTagSizeMax = 32;
  switch (field) {
    case 0:  // flags
      read_serialized(reader);
      return;
    case 1:
      for (std::uint8_t& byte : event.gtid->uuid)
        byte = static_cast<std::uint8_t>(read_serialized(reader));
      return;
    case 2:
      event.gtid->number = static_cast<std::uint64_t>(read_serialized_signed(reader));
      return;
    case 3: {
      const std::uint64_t size = read_serialized(reader);
      if (size > kTagSizeMax) return reader.fail();
      event.gtid->tag = as_text(reader.take(static_cast<std::size_t>(size)));
      return;
    }
    case 4:
      event.last_committed = read_serialized_signed(reader);
      return;
    case 5:
      event.sequence_number = read_serialized_signed(reader);
      return;
    case 6:
      event.committed_here = read_serialized(reader);
      return;
    case 7:
      event.committed_first = read_serialized(reader);
      return;
    case 8:
      event.size = read_serialized(reader);
      return;
    default:  // versions of servers, the ticket of a group, and what may come later
      read_serialized(reader);
  }
}

// A list of fields as heartbeats and payloads have it: type, length, value; type 0 ends it.
template <typename Take>
void read_fields(ByteReader& reader, Take take) {
  while (reader.remaining() > 0) {
    const std::uint64_t type = read_lenenc(reader);
    if (type == 0) return;
    take(type, protocol::read_lenenc_bytes(reader));
  }
}

}  // namespace

Result<EventBody> read_mysql_gtid(bool anonymous, ByteView bytes) {
  ByteReader reader(bytes);
  MySqlGtidEvent event;
  reader.u8();  // flags
  MySqlGtid gtid;
  std::ranges::copy(reader.take(gtid.uuid.size()), gtid.uuid.begin());
  gtid.number = reader.u64();
  if (!anonymous) event.gtid = std::move(gtid);
  read_commit_times(reader, event);
  return checked(reader, std::move(event), "a short GTID event");
}

// message := version:serialized size:serialized last_that_must_be_known:serialized field…
// field   := number:serialized value
Result<EventBody> read_tagged_gtid(ByteView bytes) {
  constexpr std::uint64_t kVersion = 1;
  ByteReader reader(bytes);
  MySqlGtidEvent event;
  event.gtid.emplace();
  const std::uint64_t version = read_serialized(reader);
  const std::uint64_t size = read_serialized(reader);
  read_serialized(reader);
  const std::size_t head = bytes.size() - reader.remaining();
  if (reader.failed() || version != kVersion || size > bytes.size() || size < head) {
    return malformed_event("a tagged GTID event");
  }
  ByteReader fields(reader.rest().first(static_cast<std::size_t>(size) - head));
  while (fields.remaining() > 0) {
    const std::uint64_t field = read_serialized(fields);
    read_tagged_field(field, fields, event);
  }
  if (event.committed_first == 0) event.committed_first = event.committed_here;
  return checked(fields, std::move(event), "a short tagged GTID event");
}

Result<EventBody> read_previous_gtids(ByteView bytes) {
  Result<std::vector<MySqlGtidRange>> set = read_gtid_set(bytes);
  if (!set) return set.error();
  return EventBody(PreviousGtidsEvent{std::move(set).value()});
}

// Its first byte would be the length of the text, which may be longer than a byte can say.
Result<EventBody> read_rows_query(ByteView bytes) {
  ByteReader reader(bytes);
  reader.u8();
  return checked(reader, AnnotateRowsEvent{as_text(reader.rest())}, "a short Rows_query event");
}

Result<EventBody> read_heartbeat_v2(ByteView bytes) {
  constexpr std::uint64_t kFile = 1;
  constexpr std::uint64_t kPosition = 2;
  ByteReader reader(bytes);
  HeartbeatEvent heartbeat;
  read_fields(reader, [&](std::uint64_t type, ByteView value) {
    if (type == kFile) heartbeat.file = as_text(value);
    ByteReader number(value);
    if (type == kPosition) heartbeat.position = read_lenenc(number);
  });
  return checked(reader, heartbeat, "a short heartbeat");
}

Result<EventBody> read_transaction_payload(ByteView bytes) {
  constexpr std::uint64_t kSize = 1;
  constexpr std::uint64_t kCompression = 2;
  constexpr std::uint64_t kUncompressedSize = 3;
  constexpr std::uint64_t kNone = 255;
  ByteReader reader(bytes);
  TransactionPayloadEvent event;
  std::uint64_t size = 0;
  std::uint64_t compression = kNone;
  read_fields(reader, [&](std::uint64_t type, ByteView value) {
    ByteReader number(value);
    if (type == kSize) size = read_lenenc(number);
    if (type == kCompression) compression = read_lenenc(number);
    if (type == kUncompressedSize) event.uncompressed_size = read_lenenc(number);
  });
  if (compression != 0 && compression != kNone) {
    return malformed_event("a transaction that is compressed in a way that is not known");
  }
  event.compression = static_cast<TransactionPayloadEvent::Compression>(compression);
  if (size != reader.remaining()) return malformed_event("a transaction payload's length");
  event.payload = reader.rest();
  return checked(reader, event, "a short transaction payload");
}

}  // namespace understudy::replication

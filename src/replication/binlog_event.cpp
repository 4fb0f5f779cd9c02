#include "replication/binlog_event.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <span>

#include "protocol/lenenc.h"
#include "replication/table_metadata.h"

namespace understudy::replication {
namespace {

constexpr std::size_t kHeaderSize = 19;
constexpr std::size_t kChecksumSize = 4;
constexpr std::uint64_t kNoTable = 0xffffff;  // of an event that ends a statement without rows
constexpr std::uint16_t kEndsStatement = 1;

// Event types.
enum class Type : std::uint8_t {
  Query = 2,
  Stop = 3,
  Rotate = 4,
  IntVar = 5,
  FormatDescription = 15,
  Xid = 16,
  ExecuteLoadQuery = 18,
  TableMap = 19,
  WriteRowsV0 = 20,  // of MySQL 5.1 before it was released, and so up to DeleteRowsV0
  DeleteRowsV0 = 22,
  WriteRowsV1 = 23,
  UpdateRowsV1 = 24,
  DeleteRowsV1 = 25,
  Incident = 26,
  Heartbeat = 27,
  WriteRowsV2 = 30,
  UpdateRowsV2 = 31,
  DeleteRowsV2 = 32,
  XaPrepare = 38,
  AnnotateRows = 160,
  Gtid = 162,
  GtidList = 163,
  QueryCompressed = 165,
  WriteRowsCompressedV1 = 166,
  UpdateRowsCompressedV1 = 167,
  DeleteRowsCompressedV1 = 168,
  WriteRowsCompressed = 169,
  UpdateRowsCompressed = 170,
  DeleteRowsCompressed = 171,
};

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, fmt::format("malformed binary log event: {}", what));
}

EventHeader read_header(ByteReader& reader) {
  EventHeader header;
  header.timestamp = reader.u32();
  header.type = reader.u8();
  header.server_id = reader.u32();
  header.size = reader.u32();
  header.next_position = reader.u32();
  header.flags = reader.u16();
  return header;
}

std::uint32_t checksum_of(ByteView bytes) {
  return static_cast<std::uint32_t>(::crc32_z(0, bytes.data(), bytes.size()));
}

bool ends_with_checksum(ByteView bytes) {
  if (bytes.size() < kHeaderSize + kChecksumSize) return false;
  ByteReader trailer(bytes.last(kChecksumSize));
  return trailer.u32() == checksum_of(bytes.first(bytes.size() - kChecksumSize));
}

// The body, or Malformed if the reader has failed.
template <typename Body>
Result<EventBody> checked(const ByteReader& reader, Body body, std::string_view what) {
  if (reader.failed()) return malformed(what);
  return EventBody(std::move(body));
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
    return malformed("a short GTID list event");
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

Result<EventBody> read_query(Type type, ByteView bytes) {
  constexpr std::size_t kLoadHeaderSize = 13;  // the loaded file's number and place in the text
  ByteReader reader(bytes);
  QueryEvent query;
  query.thread_id = reader.u32();
  query.seconds = reader.u32();
  const std::uint8_t schema_size = reader.u8();
  query.error_code = reader.u16();
  const std::uint16_t status_size = reader.u16();
  if (type == Type::ExecuteLoadQuery) reader.take(kLoadHeaderSize);
  query.status = reader.take(status_size);
  query.schema = as_text(reader.take(schema_size));
  if (reader.u8() != 0) return malformed("a query event's schema");
  query.text = as_text(reader.take_rest());
  return checked(reader, query, "a short query event");
}

Result<EventBody> read_int_var(ByteView bytes) {
  ByteReader reader(bytes);
  const std::uint8_t kind = reader.u8();
  IntVarEvent event;
  event.value = reader.u64();
  if (kind != 1 && kind != 2) return malformed("an integer variable that is not known");
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
  const XaPrepareEvent prepare{reader.u8() != 0};
  return checked(reader, prepare, "a short XA PREPARE event");
}

struct RowsKind {
  RowChange change;
  bool second_version = false;  // has a longer header
  bool decoded = true;
};

std::optional<RowsKind> rows_kind(Type type) {
  switch (type) {
    case Type::WriteRowsV1:
      return RowsKind{RowChange::Written};
    case Type::UpdateRowsV1:
      return RowsKind{RowChange::Updated};
    case Type::DeleteRowsV1:
      return RowsKind{RowChange::Deleted};
    case Type::WriteRowsV2:
      return RowsKind{RowChange::Written, true};
    case Type::UpdateRowsV2:
      return RowsKind{RowChange::Updated, true};
    case Type::DeleteRowsV2:
      return RowsKind{RowChange::Deleted, true};
    case Type::WriteRowsCompressedV1:
      return RowsKind{RowChange::Written, false, false};
    case Type::UpdateRowsCompressedV1:
      return RowsKind{RowChange::Updated, false, false};
    case Type::DeleteRowsCompressedV1:
      return RowsKind{RowChange::Deleted, false, false};
    case Type::WriteRowsCompressed:
      return RowsKind{RowChange::Written, true, false};
    case Type::UpdateRowsCompressed:
      return RowsKind{RowChange::Updated, true, false};
    case Type::DeleteRowsCompressed:
      return RowsKind{RowChange::Deleted, true, false};
    default:
      return std::nullopt;
  }
}

// What follows a row event's header: columns, then rows.
Result<void> read_rows(ByteReader& reader, RowsEvent& event) {
  const std::uint64_t columns = protocol::read_lenenc(reader);
  if (reader.failed() || columns != event.table->columns.size()) {
    return malformed("the columns of a row event");
  }
  const std::size_t bitmap_size = (columns + 7) / 8;
  const ByteView first = reader.take(bitmap_size);
  const bool both = event.change == RowChange::Updated;
  const ByteView second = both ? reader.take(bitmap_size) : ByteView();
  if (reader.failed()) return malformed("a short row event");
  if (event.change != RowChange::Written) event.columns_before = first;
  if (event.change == RowChange::Written) event.columns_after = first;
  if (both) event.columns_after = second;
  event.images = reader.take_rest();
  const std::array<ByteView, 2> present{first, second};
  auto count = count_rows(*event.table, std::span(present).first(both ? 2 : 1), event.images);
  if (!count) return count.error();
  event.count = *count;
  return {};
}

}  // namespace

Result<BinlogEvent> BinlogDecoder::decode(ByteView bytes) {
  ByteReader reader(bytes);
  BinlogEvent event;
  event.header = read_header(reader);
  if (reader.failed() || event.header.size != bytes.size()) return malformed("a wrong length");
  Result<ByteView> whole = without_checksum(event.header, bytes);
  if (!whole) return whole.error();
  Result<EventBody> body = decode_body(event.header, whole->subspan(kHeaderSize));
  if (!body) return body.error();
  event.body = std::move(body).value();
  return event;
}

// A format description always has room for a checksum, and says itself whether there is one. What
// comes before the first one, which is the name of the file, shows it by its end.
Result<ByteView> BinlogDecoder::without_checksum(const EventHeader& header, ByteView bytes) const {
  if (static_cast<Type>(header.type) == Type::FormatDescription) return bytes;
  const bool checksummed =
      checksum_ ? *checksum_ == ChecksumAlgorithm::Crc32 : ends_with_checksum(bytes);
  if (!checksummed) return bytes;
  if (!ends_with_checksum(bytes)) return malformed("its checksum is wrong");
  return bytes.first(bytes.size() - kChecksumSize);
}

Result<EventBody> BinlogDecoder::decode_body(const EventHeader& header, ByteView body) {
  const auto type = static_cast<Type>(header.type);
  switch (type) {
    case Type::FormatDescription:
      return format(body);
    case Type::Rotate:
      return read_rotate(body);
    case Type::Gtid:
      tables_.clear();
      return read_gtid(header, body);
    case Type::GtidList:
      return read_gtid_list(body);
    case Type::Query:
    case Type::ExecuteLoadQuery:
      return read_query(type, body);
    case Type::AnnotateRows:
      return EventBody(AnnotateRowsEvent{as_text(body)});
    case Type::IntVar:
      return read_int_var(body);
    case Type::TableMap:
      return table_map(body);
    case Type::Xid:
      return read_xid(body);
    case Type::XaPrepare:
      return read_xa_prepare(body);
    case Type::Heartbeat:
      return EventBody(HeartbeatEvent{as_text(body)});
    case Type::Stop:
      return EventBody(StopEvent{});
    case Type::Incident:
      return read_incident(body);
    default:
      return rows_kind(type) ? rows(header.type, body) : Result<EventBody>(EventBody(OtherEvent{}));
  }
}

Result<EventBody> BinlogDecoder::format(ByteView body) {
  constexpr std::uint16_t kVersion = 4;
  constexpr std::size_t kVersionTextSize = 50;
  constexpr std::size_t kPostHeadersMin = 27;  // up to the events of MySQL 5.0
  ByteReader reader(body);
  FormatDescription format;
  format.version = reader.u16();
  ByteReader text(reader.take(kVersionTextSize));
  format.server_version = as_text(text.take_until_zero());
  reader.u32();  // when the file was made
  const std::uint8_t header_size = reader.u8();
  if (reader.failed() || text.failed() || format.version != kVersion ||
      header_size != kHeaderSize || reader.remaining() < kPostHeadersMin + 1 + kChecksumSize) {
    return malformed("a format that is not known");
  }
  const ByteView tail = reader.rest().last(1 + kChecksumSize);
  if (tail[0] > static_cast<std::uint8_t>(ChecksumAlgorithm::Crc32)) {
    return malformed("checksums of a kind that is not known");
  }
  format.checksum = static_cast<ChecksumAlgorithm>(tail[0]);
  checksum_ = format.checksum;
  tables_.clear();
  return EventBody(format);
}

Result<EventBody> BinlogDecoder::table_map(ByteView body) {
  ByteReader reader(body);
  TableMapEvent event;
  event.id = reader.integer(6);
  reader.u16();  // flags
  auto table = std::make_shared<TableFormat>();
  table->schema = as_text(reader.take(reader.u8()));
  const std::uint8_t schema_end = reader.u8();
  table->name = as_text(reader.take(reader.u8()));
  const std::uint8_t name_end = reader.u8();
  if (reader.failed() || schema_end != 0 || name_end != 0) return malformed("a table's name");
  Result<std::vector<ColumnFormat>> columns = read_columns(reader);
  if (!columns) return columns.error();
  table->columns = std::move(columns).value();
  if (Result<void> read = read_table_metadata(reader.take_rest(), *table); !read) {
    return read.error();
  }
  event.table = std::move(table);

  std::erase_if(tables_, [&](const MappedTable& mapped) { return mapped.id == event.id; });
  if (tables_.size() >= kTablesMax) {
    return make_error(ErrorKind::Exhausted, "a logged statement changes more than 4096 tables");
  }
  tables_.push_back({event.id, event.table});
  return EventBody(std::move(event));
}

std::shared_ptr<const TableFormat> BinlogDecoder::find_table(std::uint64_t id) const {
  const auto found = std::ranges::find(tables_, id, &MappedTable::id);
  return found == tables_.end() ? nullptr : found->table;
}

Result<EventBody> BinlogDecoder::rows(std::uint8_t type, ByteView body) {
  const RowsKind kind = *rows_kind(static_cast<Type>(type));
  ByteReader reader(body);
  RowsEvent event;
  event.change = kind.change;
  const std::uint64_t id = reader.integer(6);
  event.ends_statement = (reader.u16() & kEndsStatement) != 0;
  if (kind.second_version) {
    const std::uint16_t extra = reader.u16();  // counts itself
    if (extra < 2) return malformed("a row event's header");
    reader.take(extra - 2u);
  }
  if (reader.failed()) return malformed("a short row event");
  event.table = find_table(id);
  if (event.ends_statement) tables_.clear();
  if (!event.table) {
    if (id != kNoTable) return malformed("rows of a table that is not known");
    event.count = 0;
    return EventBody(std::move(event));
  }
  event.decoded = kind.decoded;
  if (!kind.decoded) return EventBody(std::move(event));
  if (Result<void> read = read_rows(reader, event); !read) return read.error();
  return EventBody(std::move(event));
}

}  // namespace understudy::replication

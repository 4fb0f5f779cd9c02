#include "replication/binlog_event.h"

#include <zlib.h>

#include <algorithm>

#include "protocol/constants.h"
#include "replication/event_bodies.h"
#include "replication/row_image.h"
#include "replication/rows_event.h"
#include "replication/stored_forms.h"
#include "replication/table_metadata.h"

namespace understudy::replication {
namespace {

constexpr std::size_t kHeaderSize = 19;
constexpr std::size_t kChecksumSize = 4;
constexpr std::uint64_t kNoTable = 0xffffff;  // of an event that ends a statement without rows

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

// MySQL's TIME, DATETIME and TIMESTAMP of before 5.6 have no fractions. MariaDB's may have.
void set_old_digits(TableFormat& table) {
  for (ColumnFormat& column : table.columns) {
    const auto type = static_cast<protocol::ColumnType>(column.type);
    if (type == protocol::ColumnType::Timestamp || type == protocol::ColumnType::Time ||
        type == protocol::ColumnType::DateTime) {
      column.old_digits = std::uint8_t{0};
    }
  }
}

}  // namespace

Result<BinlogEvent> BinlogDecoder::decode(ByteView bytes) {
  ByteReader reader(bytes);
  const EventHeader header = read_header(reader);
  if (reader.failed() || header.size != bytes.size()) return malformed_event("a wrong length");
  Result<ByteView> whole = without_checksum(header, bytes);
  if (!whole) return whole.error();
  return decode_whole(header, whole->subspan(kHeaderSize));
}

Result<BinlogEvent> BinlogDecoder::decode_inner(ByteView bytes) {
  ByteReader reader(bytes);
  const EventHeader header = read_header(reader);
  if (reader.failed() || header.size != bytes.size()) return malformed_event("a wrong length");
  if (static_cast<EventType>(header.type) == EventType::FormatDescription) {
    return malformed_event("a format inside of a transaction");
  }
  return decode_whole(header, reader.rest());
}

Result<BinlogEvent> BinlogDecoder::decode_whole(const EventHeader& header, ByteView body) {
  BinlogEvent event;
  event.header = header;
  Result<EventBody> decoded = decode_body(header, body, event);
  if (!decoded) return decoded.error();
  event.body = std::move(decoded).value();
  return event;
}

// A format description always has room for a checksum, and says itself whether there is one. What
// comes before the first one, which is the name of the file, shows it by its end.
Result<ByteView> BinlogDecoder::without_checksum(const EventHeader& header, ByteView bytes) const {
  if (static_cast<EventType>(header.type) == EventType::FormatDescription) return bytes;
  if (checksum_ == ChecksumAlgorithm::Off) return bytes;
  if (!ends_with_checksum(bytes)) {
    return checksum_ ? malformed_event("its checksum is wrong") : Result<ByteView>(bytes);
  }
  return bytes.first(bytes.size() - kChecksumSize);
}

Result<EventBody> BinlogDecoder::decode_body(const EventHeader& header, ByteView body,
                                             BinlogEvent& event) {
  const auto type = static_cast<EventType>(header.type);
  switch (type) {
    case EventType::FormatDescription:
      return format(body);
    case EventType::Rotate:
      return read_rotate(body);
    case EventType::Gtid:
      tables_.clear();
      return read_gtid(header, body);
    case EventType::GtidList:
      return read_gtid_list(body);
    case EventType::MySqlGtid:
    case EventType::AnonymousGtid:
      tables_.clear();
      return read_mysql_gtid(type == EventType::AnonymousGtid, body);
    case EventType::TaggedGtid:
      tables_.clear();
      return read_tagged_gtid(body);
    case EventType::PreviousGtids:
      return read_previous_gtids(body);
    case EventType::Query:
    case EventType::ExecuteLoadQuery:
    case EventType::QueryCompressed:
      return query(header.type, body, event);
    case EventType::AnnotateRows:
      return EventBody(AnnotateRowsEvent{as_text(body)});
    case EventType::RowsQuery:
      return read_rows_query(body);
    case EventType::IntVar:
      return read_int_var(body);
    case EventType::TableMap:
      return table_map(body);
    case EventType::TransactionPayload:
      return read_transaction_payload(body);
    case EventType::Xid:
      return read_xid(body);
    case EventType::XaPrepare:
      return read_xa_prepare(body);
    case EventType::Heartbeat:
      return EventBody(HeartbeatEvent{as_text(body)});
    case EventType::HeartbeatV2:
      return read_heartbeat_v2(body);
    case EventType::Stop:
      return EventBody(StopEvent{});
    case EventType::Incident:
      return read_incident(body);
    default:
      return rows_kind(type) ? rows(header.type, body, event)
                             : Result<EventBody>(EventBody(OtherEvent{}));
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
    return malformed_event("a format that is not known");
  }
  const ByteView tail = reader.rest().last(1 + kChecksumSize);
  if (tail[0] > static_cast<std::uint8_t>(ChecksumAlgorithm::Crc32)) {
    return malformed_event("checksums of a kind that is not known");
  }
  format.flavour = format.server_version.find("MariaDB") == std::string_view::npos
                       ? Flavour::MySql
                       : Flavour::MariaDb;
  format.checksum = static_cast<ChecksumAlgorithm>(tail[0]);
  checksum_ = format.checksum;
  if (flavour_ != format.flavour) known_.clear();  // they say different things by the same bytes
  flavour_ = format.flavour;
  tables_.clear();
  return EventBody(format);
}

Result<EventBody> BinlogDecoder::table_map(ByteView body) {
  ByteReader reader(body);
  TableMapEvent event;
  event.id = reader.integer(6);
  reader.u16();  // flags
  if (reader.failed()) return malformed_event("a short table map");
  Result<std::shared_ptr<const TableFormat>> table = table_format(reader.rest());
  if (!table) return table.error();
  event.table = std::move(table).value();
  std::erase_if(tables_, [&](const MappedTable& mapped) { return mapped.id == event.id; });
  if (tables_.size() >= kTablesMax) {
    return make_error(ErrorKind::Exhausted, "a logged statement changes more than 4096 tables");
  }
  tables_.push_back({event.id, event.table});
  return EventBody(std::move(event));
}

// A table that is known keeps its format, so that who reads rows knows it again by the pointer.
Result<std::shared_ptr<const TableFormat>> BinlogDecoder::table_format(ByteView body) {
  constexpr std::size_t kKnownMax = 64;
  constexpr std::size_t kBodyMax = 65536;
  for (const KnownTable& known : known_)
    if (std::ranges::equal(known.body, body)) return known.table;
  ByteReader reader(body);
  auto table = std::make_shared<TableFormat>();
  table->schema = as_text(reader.take(reader.u8()));
  const std::uint8_t schema_end = reader.u8();
  table->name = as_text(reader.take(reader.u8()));
  const std::uint8_t name_end = reader.u8();
  if (reader.failed() || schema_end != 0 || name_end != 0) {
    return malformed_event("a table's name");
  }
  Result<std::vector<ColumnFormat>> columns = read_columns(reader);
  if (!columns) return columns.error();
  table->columns = std::move(columns).value();
  if (flavour_ == Flavour::MySql) set_old_digits(*table);
  if (Result<void> read = read_table_metadata(reader.take_rest(), flavour_, *table); !read) {
    return read.error();
  }
  if (body.size() > kBodyMax) return std::shared_ptr<const TableFormat>(std::move(table));
  const bool full = known_.size() == kKnownMax;
  KnownTable& known = full ? known_[next_known_++ % kKnownMax] : known_.emplace_back();
  known.body.assign(body.begin(), body.end());
  known.table = std::move(table);
  return known.table;
}

std::shared_ptr<const TableFormat> BinlogDecoder::find_table(std::uint64_t id) const {
  const auto found = std::ranges::find(tables_, id, &MappedTable::id);
  return found == tables_.end() ? nullptr : found->table;
}

// A statement's text may be compressed, and then nothing else is.
Result<EventBody> BinlogDecoder::query(std::uint8_t type, ByteView body, BinlogEvent& event) {
  Result<EventBody> read = read_query(static_cast<EventType>(type), body);
  if (!read || static_cast<EventType>(type) != EventType::QueryCompressed) return read;
  auto& statement = std::get<QueryEvent>(*read);
  Result<ByteView> text = uncompressed(as_bytes(statement.text), event);
  if (!text) return text.error();
  statement.text = as_text(*text);
  return read;
}

// compressed := 0x80 | length of the length, length (big-endian), data of zlib
Result<ByteView> BinlogDecoder::uncompressed(ByteView bytes, BinlogEvent& event) const {
  Bytes whole;
  Result<void> done = uncompress_event_part(bytes, options_.event_size_max, whole);
  if (!done) return done.error();
  auto owned = std::make_shared<const Bytes>(std::move(whole));
  const ByteView view(*owned);
  event.owned = std::move(owned);
  return view;
}

Result<EventBody> BinlogDecoder::rows(std::uint8_t type, ByteView body, BinlogEvent& event) {
  const RowsKind kind = *rows_kind(static_cast<EventType>(type));
  ByteReader reader(body);
  const RowsHeader header = read_rows_header(kind, reader);
  if (reader.failed()) return malformed_event("a short row event");
  RowsEvent rows;
  rows.change = kind.change;
  rows.partial = kind.partial;
  rows.ends_statement = header.ends_statement;
  rows.table = find_table(header.table_id);
  if (rows.ends_statement) tables_.clear();
  if (!rows.table) {
    if (header.table_id != kNoTable) return malformed_event("rows of a table that is not known");
    rows.count = 0;
    return EventBody(std::move(rows));
  }
  if (Result<void> read = read_rows_columns(reader, rows); !read) return read.error();
  rows.images = reader.rest();
  if (kind.compressed) {
    Result<ByteView> images = uncompressed(rows.images, event);
    if (!images) return images.error();
    rows.images = *images;
  }
  if (options_.count_rows) {
    if (Result<void> counted = count_rows_of(rows); !counted) return counted.error();
  }
  return EventBody(std::move(rows));
}

}  // namespace understudy::replication

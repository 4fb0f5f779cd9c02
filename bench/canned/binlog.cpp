#include "canned/binlog.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

#include "protocol/lenenc.h"
#include "protocol/packet.h"

// See src/replication/binlog_event.cpp, which decodes the same events.
namespace understudy::bench {
namespace {

constexpr std::uint32_t kServerId = 1;
constexpr std::uint64_t kFirstSequence = 100;  // of what was logged before the file begins
constexpr std::size_t kHeaderSize = 19;
constexpr std::size_t kMagicSize = 4;  // at the beginning of a file
constexpr std::uint16_t kArtificial = 0x20;
constexpr std::string_view kPrefix = "0-1-";

enum Type : std::uint8_t {
  kRotate = 4,
  kFormatDescription = 15,
  kXid = 16,
  kTableMap = 19,
  kWriteRowsV1 = 23,
  kHeartbeat = 27,
  kGtid = 162,
  kGtidList = 163,
  kLastType = 171,
};

void append_event(Bytes& out, std::uint8_t& sequence, ByteView event) {
  Bytes payload{0};
  append(payload, event);
  protocol::append_packet(out, sequence, payload);
}

void append_name(ByteWriter& writer, std::string_view name) {
  writer.u8(static_cast<std::uint8_t>(name.size()));
  writer.text(name);
  writer.u8(0);
}

Bytes gtid_body(std::uint64_t sequence) {
  constexpr std::uint8_t kTransactional = 1u << 2;
  Bytes body;
  ByteWriter writer(body);
  writer.u64(sequence);
  writer.u32(0);  // domain
  writer.u8(kTransactional);
  writer.zeros(6);
  return body;
}

Bytes table_map_body(std::uint64_t table_id, std::string_view schema, std::string_view table) {
  constexpr std::uint8_t kInt = 3;
  Bytes body;
  ByteWriter writer(body);
  writer.integer(table_id, 6);
  writer.u16(1);
  append_name(writer, schema);
  append_name(writer, table);
  writer.u8(1);  // column
  writer.u8(kInt);
  writer.u8(0);  // bytes of metadata
  writer.u8(0);  // which columns may be NULL
  return body;
}

Bytes write_rows_body(std::uint64_t table_id, std::int32_t id) {
  constexpr std::uint16_t kEndsStatement = 1;
  Bytes body;
  ByteWriter writer(body);
  writer.integer(table_id, 6);
  writer.u16(kEndsStatement);
  writer.u8(1);     // column
  writer.u8(0xff);  // it is in the image
  writer.u8(0xfe);  // and not NULL
  writer.u32(static_cast<std::uint32_t>(id));
  return body;
}

}  // namespace

CannedBinlog::CannedBinlog() : end_(kMagicSize) {
  end_ += format_event().size();
}

std::string CannedBinlog::gtid() const {
  return fmt::format("{}{}", kPrefix, kFirstSequence + transactions_.size());
}

std::string CannedBinlog::file() {
  return "canned-bin.000001";
}

std::size_t CannedBinlog::index_after(std::string_view position) const {
  if (!position.starts_with(kPrefix)) return 0;
  position.remove_prefix(kPrefix.size());
  std::uint64_t sequence = 0;
  std::from_chars(position.data(), position.data() + position.size(), sequence);
  if (sequence <= kFirstSequence) return 0;
  return std::min<std::size_t>(sequence - kFirstSequence, transactions_.size());
}

Bytes CannedBinlog::event(std::uint8_t type, std::uint16_t flags, std::uint64_t next_position,
                          ByteView body) const {
  const bool made_up = (flags & kArtificial) != 0 || type == kHeartbeat;
  Bytes event;
  ByteWriter writer(event);
  writer.u32(made_up ? 0 : static_cast<std::uint32_t>(std::time(nullptr)));
  writer.u8(type);
  writer.u32(kServerId);
  writer.u32(static_cast<std::uint32_t>(kHeaderSize + body.size()));
  writer.u32(static_cast<std::uint32_t>(next_position));
  writer.u16(flags);
  writer.bytes(body);
  return event;
}

Bytes CannedBinlog::format_event() const {
  constexpr std::size_t kVersionSize = 50;
  constexpr std::string_view kVersion = "10.11.11-MariaDB-log";
  Bytes body;
  ByteWriter writer(body);
  writer.u16(4);
  writer.text(kVersion);
  writer.zeros(kVersionSize - kVersion.size());
  writer.u32(0);
  writer.u8(kHeaderSize);
  std::array<std::uint8_t, kLastType> fixed_parts{};  // their sizes, from type 1 on
  fixed_parts[kRotate - 1] = 8;
  fixed_parts[kFormatDescription - 1] = 84;
  fixed_parts[kTableMap - 1] = 8;
  fixed_parts[kWriteRowsV1 - 1] = 8;
  fixed_parts[kGtid - 1] = 19;
  fixed_parts[kGtidList - 1] = 4;
  writer.bytes(fixed_parts);
  writer.u8(0);  // no checksums
  writer.u32(0);
  return event(kFormatDescription, 0, kMagicSize + kHeaderSize + body.size(), body);
}

void CannedBinlog::append_start(Bytes& out, std::uint8_t& sequence) const {
  Bytes rotate;
  ByteWriter rotate_writer(rotate);
  rotate_writer.u64(kMagicSize);
  rotate_writer.text(file());
  append_event(out, sequence, event(kRotate, kArtificial, 0, rotate));
  append_event(out, sequence, format_event());
  Bytes list;
  ByteWriter list_writer(list);
  list_writer.u32(1);
  list_writer.u32(0);  // domain
  list_writer.u32(kServerId);
  list_writer.u64(kFirstSequence);
  append_event(out, sequence, event(kGtidList, kArtificial, 0, list));
}

void CannedBinlog::append_transaction(Bytes& out, std::uint8_t& sequence, std::size_t index) const {
  for (const Bytes& event : transactions_[index])
    append_event(out, sequence, event);
}

void CannedBinlog::append_heartbeat(Bytes& out, std::uint8_t& sequence) const {
  append_event(out, sequence, event(kHeartbeat, 0, end_, as_bytes(file())));
}

void CannedBinlog::log_event(std::vector<Bytes>& events, std::uint8_t type, ByteView body) {
  end_ += kHeaderSize + body.size();
  events.push_back(event(type, 0, end_, body));
}

void CannedBinlog::write(std::string_view schema, std::string_view table, std::int32_t id) {
  const std::uint64_t sequence = kFirstSequence + transactions_.size() + 1;
  const std::uint64_t table_id = 18;
  Bytes xid;
  ByteWriter(xid).u64(sequence);
  std::vector<Bytes> events;
  log_event(events, kGtid, gtid_body(sequence));
  log_event(events, kTableMap, table_map_body(table_id, schema, table));
  log_event(events, kWriteRowsV1, write_rows_body(table_id, id));
  log_event(events, kXid, xid);
  transactions_.push_back(std::move(events));
}

}  // namespace understudy::bench

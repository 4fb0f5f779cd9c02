#include "backend/text_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/lenenc.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint8_t kNullValue = 0xfb;
constexpr std::size_t kNameField =
    4;  // of a column definition: catalog, schema, table, original table, name

Error malformed() {
  return make_error(ErrorKind::Malformed, "malformed response: a row or column that is too short");
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// Takes the next packet's payload off the front; empty at the end. Our own results have no packet
// of 16 MiB.
ByteView take_packet(ByteView& packets) {
  ByteReader reader(packets);
  const std::uint32_t size = reader.u24();
  reader.u8();
  const ByteView payload = reader.take(size);
  packets = reader.rest();
  return payload;
}

Result<std::string> column_name(ByteView definition) {
  ByteReader reader(definition);
  for (std::size_t i = 0; i < kNameField; ++i)
    protocol::read_lenenc_bytes(reader);
  const ByteView name = protocol::read_lenenc_bytes(reader);
  if (reader.failed()) return malformed();
  return std::string(as_text(name));
}

using Row = std::vector<std::optional<std::string>>;

Result<Row> decode_row(ByteView packet, std::size_t column_count) {
  ByteReader reader(packet);
  Row row;
  for (std::size_t i = 0; i < column_count; ++i) {
    if (reader.remaining() > 0 && reader.rest()[0] == kNullValue) {
      reader.u8();
      row.emplace_back();
    } else {
      row.emplace_back(as_text(protocol::read_lenenc_bytes(reader)));
    }
  }
  if (reader.failed() || reader.remaining() > 0) return malformed();
  return row;
}

}  // namespace

std::optional<std::string> TextResult::first(std::string_view column) const {
  if (rows.empty()) return std::nullopt;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (equal_ignoring_case(columns[i], column)) return rows[0][i];
  }
  return std::nullopt;
}

Result<TextResult> decode_text_result(ByteView packets) {
  TextResult result;
  if (packets.empty()) return result;
  ByteReader count_reader(take_packet(packets));
  const std::uint64_t count = protocol::read_lenenc(count_reader);
  if (count_reader.failed()) return malformed();
  for (std::uint64_t i = 0; i < count; ++i) {
    Result<std::string> name = column_name(take_packet(packets));
    if (!name) return name.error();
    result.columns.push_back(std::move(name).value());
  }
  while (!packets.empty()) {
    Result<Row> row = decode_row(take_packet(packets), result.columns.size());
    if (!row) return row.error();
    result.rows.push_back(std::move(row).value());
  }
  return result;
}

void TextQuery::start(ServerConnection& connection, std::string_view sql, Done done) {
  done_ = std::move(done);
  collected_.clear();
  too_large_ = false;
  error_.reset();
  Bytes command;
  protocol::append_query(command, sql);
  connection.expect(protocol::ResponseShape::Query, *this);
  connection.send(command);
}

void TextQuery::on_step(ServerConnection& connection, const protocol::ScanStep& step) {
  if (step.kind == PacketKind::Raw) {
    too_large_ = too_large_ || collected_.size() + step.bytes.size() > kResultBytesMax;
    if (!too_large_) append(collected_, step.bytes);
  } else if (step.kind == PacketKind::Err) {
    const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
    error_ = err ? protocol::to_error(*err) : err.error();
    error_->message = fmt::format("server {}: {}", connection.server_name(), error_->message);
  }
  if (step.last) finish();
}

void TextQuery::finish() {
  Done done = std::move(done_);
  if (error_) return done(*error_);
  if (too_large_) {
    return done(make_error(ErrorKind::Exhausted, "the result is larger than 64 MiB"));
  }
  done(decode_text_result(collected_));
}

void TextQuery::on_broken(ServerConnection& /*connection*/, const Error& why) {
  Done done = std::move(done_);
  done(why);
}

}  // namespace understudy::backend

#include "proxy/client_writer.h"

#include "base/assert.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"
#include "protocol/text_result.h"

namespace understudy::proxy {
namespace {

using protocol::PacketKind;

// What a server reports to clients unless they ask for more (the default of
// session_track_system_variables).
bool reported_by_default(std::string_view variable) {
  return variable == "autocommit" || variable == "character_set_client" ||
         variable == "character_set_connection" || variable == "character_set_results" ||
         variable == "time_zone";
}

}  // namespace

void ClientWriter::pass(const protocol::ScanStep& step, std::uint32_t server_capabilities,
                        const backend::PreparedStatement* prepared) {
  const bool ends_with_ok = (server_capabilities & protocol::kDeprecateEof) != 0;
  if (step.kind == PacketKind::Ok || (step.kind == PacketKind::ResultEnd && ends_with_ok)) {
    pass_ok(step, server_capabilities);
  } else if (step.kind == PacketKind::PrepareOk && prepared != nullptr) {
    scratch_.assign(step.bytes.begin(), step.bytes.end());
    for (std::size_t i = 0; i < 4; ++i)
      scratch_[protocol::kFrameHeaderSize + 1 + i] =
          static_cast<std::uint8_t>(prepared->id >> (8 * i));
    stream_->write(scratch_);
  } else if (step.kind == PacketKind::ColumnsEnd || step.kind == PacketKind::ResultEnd) {
    pass_eof(step);
  } else {
    stream_->write(step.bytes);
  }
}

// Says no more of the session than an OK packet in its place would.
void ClientWriter::pass_eof(const protocol::ScanStep& step) {
  if ((step.status & protocol::kStatusSessionStateChanged) == 0 || !protocol::is_eof(step.payload))
    return stream_->write(step.bytes);
  scratch_.assign(step.bytes.begin(), step.bytes.end());
  scratch_.back() =
      static_cast<std::uint8_t>(scratch_.back() & ~(protocol::kStatusSessionStateChanged >> 8));
  stream_->write(scratch_);
}

void ClientWriter::pass_ok(const protocol::ScanStep& step, std::uint32_t server_capabilities) {
  Result<protocol::OkPacket> ok = protocol::parse_ok(step.payload, server_capabilities);
  if (!ok) return pass_eof(step);  // in place of an OK
  Bytes changes;
  if ((capabilities_ & protocol::kSessionTrack) != 0 && !ok->session_changes.empty()) {
    protocol::append_session_changes(changes, ok->session_changes, reported_by_default);
  }
  ok->session_changes = changes;
  protocol::append_ok_payload(begin_packet(), *ok, capabilities_);
  end_packet(step.sequence);
}

void ClientWriter::ok(std::uint16_t status) {
  protocol::OkPacket ok;
  ok.status = status;
  protocol::append_ok_payload(begin_packet(), ok, capabilities_);
  end_packet(sequence_);
}

void ClientWriter::eof(std::uint16_t status) {
  Bytes& payload = begin_packet();
  if ((capabilities_ & protocol::kDeprecateEof) != 0) {
    protocol::OkPacket ok;
    ok.header = protocol::kEofHeader;
    ok.status = status;
    protocol::append_ok_payload(payload, ok, capabilities_);
  } else {
    ByteWriter writer(payload);
    writer.u8(protocol::kEofHeader);
    writer.u16(0);  // warnings
    writer.u16(status);
  }
  end_packet(sequence_);
}

void ClientWriter::error(const Error& error) {
  protocol::append_err_payload(begin_packet(), error);
  end_packet(sequence_);
}

void ClientWriter::table(const TextTable& table, std::uint16_t status) {
  protocol::TextResultBuilder builder(capabilities_, sequence_);
  const std::vector<std::string_view> names(table.columns.begin(), table.columns.end());
  builder.columns(names, status);
  for (const auto& row : table.rows) {
    const std::vector<std::string_view> values(row.begin(), row.end());
    builder.row(values);
  }
  stream_->write(std::move(builder).finish(status));
}

// The payload goes behind the room for its header; those of our own are far from the largest that a
// frame can have.
Bytes& ClientWriter::begin_packet() {
  scratch_.assign(protocol::kFrameHeaderSize, 0);
  return scratch_;
}

void ClientWriter::end_packet(std::uint8_t sequence) {
  const std::size_t size = scratch_.size() - protocol::kFrameHeaderSize;
  ASSERT(size < protocol::kFramePayloadMax);
  for (std::size_t i = 0; i < 3; ++i)
    scratch_[i] = static_cast<std::uint8_t>(size >> (8 * i));
  scratch_[3] = sequence;
  stream_->write(scratch_);
}

}  // namespace understudy::proxy

#include "proxy/client_writer.h"

#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"
#include "protocol/text_result.h"

namespace understudy::proxy {
namespace {

using protocol::PacketKind;

constexpr std::uint8_t kEofHeader = 0xfe;
constexpr std::size_t kEofSize = 5;  // header, warnings 2, status 2

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
    Bytes out(step.bytes.begin(), step.bytes.end());
    for (std::size_t i = 0; i < 4; ++i) {
      out[protocol::kFrameHeaderSize + 1 + i] = static_cast<std::uint8_t>(prepared->id >> (8 * i));
    }
    stream_->write(out);
  } else if (step.kind == PacketKind::ColumnsEnd || step.kind == PacketKind::ResultEnd) {
    pass_eof(step);
  } else {
    stream_->write(step.bytes);
  }
}

// Says no more of the session than an OK packet in its place would.
void ClientWriter::pass_eof(const protocol::ScanStep& step) {
  if ((step.status & protocol::kStatusSessionStateChanged) == 0 || step.payload.size() != kEofSize)
    return stream_->write(step.bytes);
  Bytes out(step.bytes.begin(), step.bytes.end());
  out.back() = static_cast<std::uint8_t>(out.back() & ~(protocol::kStatusSessionStateChanged >> 8));
  stream_->write(out);
}

void ClientWriter::pass_ok(const protocol::ScanStep& step, std::uint32_t server_capabilities) {
  Result<protocol::OkPacket> ok = protocol::parse_ok(step.payload, server_capabilities);
  if (!ok) return pass_eof(step);  // in place of an OK
  Bytes changes;
  if ((capabilities_ & protocol::kSessionTrack) != 0 && !ok->session_changes.empty()) {
    protocol::append_session_changes(changes, ok->session_changes, reported_by_default);
  }
  ok->session_changes = changes;
  Bytes payload;
  protocol::append_ok_payload(payload, *ok, capabilities_);
  write_packet(step.sequence, payload);
}

void ClientWriter::ok(std::uint16_t status) {
  protocol::OkPacket ok;
  ok.status = status;
  Bytes payload;
  protocol::append_ok_payload(payload, ok, capabilities_);
  write_packet(sequence_, payload);
}

void ClientWriter::eof(std::uint16_t status) {
  Bytes payload;
  if ((capabilities_ & protocol::kDeprecateEof) != 0) {
    protocol::OkPacket ok;
    ok.header = kEofHeader;
    ok.status = status;
    protocol::append_ok_payload(payload, ok, capabilities_);
  } else {
    ByteWriter writer(payload);
    writer.u8(kEofHeader);
    writer.u16(0);  // warnings
    writer.u16(status);
  }
  write_packet(sequence_, payload);
}

void ClientWriter::error(const Error& error) {
  Bytes payload;
  protocol::append_err_payload(payload, error);
  write_packet(sequence_, payload);
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

void ClientWriter::write_packet(std::uint8_t sequence, ByteView payload) {
  Bytes out;
  protocol::append_packet(out, sequence, payload);
  stream_->write(out);
}

}  // namespace understudy::proxy

#include "protocol/packet.h"

#include <algorithm>

#include "protocol/constants.h"

namespace understudy::protocol {
namespace {

std::size_t frame_payload(ByteView header) {
  return header[0] | std::size_t{header[1]} << 8 | std::size_t{header[2]} << 16;
}

Error too_large() {
  Error error =
      make_error(ErrorKind::Exhausted, "Got a packet bigger than 'max_allowed_packet' bytes");
  error.code = 1153;
  error.sqlstate = "08S01";
  return error;
}

Error out_of_order() {
  Error error = make_error(ErrorKind::Malformed, "Got packets out of order");
  error.code = 1156;
  error.sqlstate = "08S01";
  return error;
}

}  // namespace

void append_packet(Bytes& out, std::uint8_t& sequence, ByteView payload) {
  ByteWriter writer(out);
  for (;;) {
    const std::size_t size = std::min(payload.size(), kFramePayloadMax);
    writer.u24(static_cast<std::uint32_t>(size));
    writer.u8(sequence++);
    writer.bytes(payload.first(size));
    payload = payload.subspan(size);
    if (size < kFramePayloadMax) return;
  }
}

void PacketAssembler::feed(ByteView bytes) {
  keep_rest();
  fed_ = bytes;
  if (taken_ < buffer_.size()) keep_rest();
}

void PacketAssembler::keep_rest() {
  if (taken_ == buffer_.size()) {
    buffer_.clear();
    taken_ = 0;
    if (fed_.empty()) buffer_.shrink_to_fit();
  }
  append(buffer_, fed_);
  fed_ = {};
}

ByteView PacketAssembler::waiting() const {
  return taken_ < buffer_.size() ? ByteView(buffer_).subspan(taken_) : fed_;
}

// The size of the packet at the front of `bytes` with all its frame headers, or nothing if it is
// not whole.
Result<std::optional<std::size_t>> PacketAssembler::packet_size(ByteView bytes) const {
  std::size_t size = 0, payload = 0;
  std::uint8_t sequence = sequence_;
  for (;;) {
    if (bytes.size() < size + kFrameHeaderSize) return std::optional<std::size_t>();
    const ByteView header = bytes.subspan(size, kFrameHeaderSize);
    const std::size_t frame = frame_payload(header);
    if (header[3] != sequence++) return out_of_order();
    payload += frame;
    if (payload > payload_bytes_max_) return too_large();
    size += kFrameHeaderSize + frame;
    if (frame < kFramePayloadMax) break;
  }
  return bytes.size() >= size ? std::optional(size) : std::nullopt;
}

Result<std::optional<AssembledPacket>> PacketAssembler::next() {
  const ByteView bytes = waiting();
  Result<std::optional<std::size_t>> size = packet_size(bytes);
  if (!size) return size.error();
  if (!*size) {
    keep_rest();
    return std::optional<AssembledPacket>();
  }
  const ByteView framed = bytes.first(**size);
  if (taken_ < buffer_.size()) {
    taken_ += framed.size();
  } else {
    fed_ = fed_.subspan(framed.size());
  }
  return std::optional<AssembledPacket>(take(framed));
}

AssembledPacket PacketAssembler::take(ByteView framed) {
  AssembledPacket packet;
  packet.framed = framed;
  packet.sequence = framed[3];
  sequence_ = 0;
  if (frame_payload(framed) < kFramePayloadMax) {
    packet.payload = framed.subspan(kFrameHeaderSize);
    return packet;
  }
  joined_.clear();
  for (ByteView rest = framed; !rest.empty();) {
    const std::size_t size = frame_payload(rest);
    packet.sequence = rest[3];
    append(joined_, rest.subspan(kFrameHeaderSize, size));
    rest = rest.subspan(kFrameHeaderSize + size);
  }
  packet.payload = joined_;
  return packet;
}

}  // namespace understudy::protocol

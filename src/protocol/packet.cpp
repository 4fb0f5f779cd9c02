#include "protocol/packet.h"

#include <algorithm>
#include <utility>

#include "protocol/constants.h"

namespace understudy::protocol {
namespace {

std::size_t frame_payload(ByteView header) {
  return header[0] | std::size_t{header[1]} << 8 | std::size_t{header[2]} << 16;
}

Error too_large() {
  return make_error(ErrorKind::Exhausted, 1153, "08S01",
                    "Got a packet bigger than 'max_allowed_packet' bytes");
}

Error out_of_order() {
  return make_error(ErrorKind::Malformed, 1156, "08S01", "Got packets out of order");
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

std::uint8_t answer_sequence(ByteView packets) {
  std::uint8_t last = 0;
  while (packets.size() >= kFrameHeaderSize) {
    last = packets[3];
    packets = packets.subspan(std::min(packets.size(), kFrameHeaderSize + frame_payload(packets)));
  }
  return static_cast<std::uint8_t>(last + 1);
}

void put_into_packet(ByteView framed, std::size_t offset, ByteView bytes, Bytes& buffer) {
  if (framed.size() + bytes.size() < kFrameHeaderSize + kFramePayloadMax) {
    const ByteView payload = framed.subspan(kFrameHeaderSize);
    buffer.clear();
    ByteWriter writer(buffer);
    writer.u24(static_cast<std::uint32_t>(payload.size() + bytes.size()));
    writer.u8(framed[3]);
    writer.bytes(payload.first(offset));
    writer.bytes(bytes);
    writer.bytes(payload.subspan(offset));
    return;
  }
  Bytes payload = payload_of(framed);
  payload.insert(payload.begin() + static_cast<std::ptrdiff_t>(offset), bytes.begin(), bytes.end());
  buffer.clear();
  std::uint8_t sequence = framed[3];
  append_packet(buffer, sequence, payload);
}

Bytes payload_of(ByteView framed) {
  Bytes payload;
  while (framed.size() >= kFrameHeaderSize) {
    const std::size_t size = std::min(framed.size() - kFrameHeaderSize, frame_payload(framed));
    append(payload, framed.subspan(kFrameHeaderSize, size));
    framed = framed.subspan(kFrameHeaderSize + size);
  }
  return payload;
}

void PacketAssembler::feed(ByteView bytes) {
  keep_rest();
  fed_ = bytes;
  if (buffered()) keep_rest();
}

void PacketAssembler::keep_rest() {
  if (!buffered()) {
    buffer_.clear();
    taken_ = 0;
  } else if (taken_ > buffer_.size() - taken_) {
    // Packets may go on ending in the middle of what is read, and then some is always left.
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  append(buffer_, fed_);
  fed_ = {};
}

Bytes PacketAssembler::take_rest() {
  keep_rest();
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  return std::exchange(buffer_, {});
}

ByteView PacketAssembler::waiting() const {
  return buffered() ? ByteView(buffer_).subspan(taken_) : fed_;
}

// The size of the packet at the front of `bytes` with all its frame headers, or nothing if it is
// not whole.
Result<std::optional<std::size_t>> PacketAssembler::packet_size(ByteView bytes) {
  std::size_t size = 0, payload = 0;
  std::uint8_t sequence = sequence_;
  for (;;) {
    if (bytes.size() < size + kFrameHeaderSize) return std::optional<std::size_t>();
    const ByteView header = bytes.subspan(size, kFrameHeaderSize);
    const std::size_t frame = frame_payload(header);
    refusal_sequence_ = static_cast<std::uint8_t>(header[3] + 1);
    if (header[3] != sequence++) return out_of_order();
    payload += frame;
    if (payload > payload_bytes_max_) return too_large();
    size += kFrameHeaderSize + frame;
    if (frame < kFramePayloadMax) break;
  }
  return bytes.size() >= size ? std::optional(size) : std::nullopt;
}

Result<std::optional<AssembledPacket>> PacketAssembler::next() {
  Result<std::optional<std::size_t>> size = packet_size(waiting());
  if (!size) return size.error();
  if (!*size) {
    keep_rest();
    release();
    return std::optional<AssembledPacket>();
  }
  take(**size);
  sequence_ = 0;
  return std::optional<AssembledPacket>(describe());
}

// Moves the packet at the front to packet_.
void PacketAssembler::take(std::size_t framed_size) {
  const ByteView framed = waiting().first(framed_size);
  if (spares_ != nullptr) spares_->lend(packet_);
  if (!buffered()) {
    packet_.assign(framed.begin(), framed.end());
    fed_ = fed_.subspan(framed_size);
  } else if (framed_size == buffer_.size()) {
    std::swap(packet_, buffer_);
    buffer_.clear();
  } else {
    packet_.assign(framed.begin(), framed.end());
    taken_ += framed_size;
  }
}

AssembledPacket PacketAssembler::describe() {
  AssembledPacket packet;
  packet.framed = packet_;
  packet.sequence = packet_[3];
  if (frame_payload(packet_) < kFramePayloadMax) {
    packet.payload = packet.framed.subspan(kFrameHeaderSize);
    return packet;
  }
  joined_.clear();
  for (ByteView rest = packet.framed; !rest.empty();) {
    const std::size_t size = frame_payload(rest);
    packet.sequence = rest[3];
    append(joined_, rest.subspan(kFrameHeaderSize, size));
    rest = rest.subspan(kFrameHeaderSize + size);
  }
  packet.payload = joined_;
  return packet;
}

// An idle client costs little: its buffers go when nothing is under way.
void PacketAssembler::release() {
  put_away(packet_);
  if (!buffered()) put_away(buffer_);
  joined_ = Bytes();
}

void PacketAssembler::put_away(Bytes& buffer) {
  if (spares_ != nullptr)
    spares_->give_back(std::exchange(buffer, {}));
  else if (buffer.capacity() > kRetainedBytesMax)
    buffer = Bytes();
}

}  // namespace understudy::protocol

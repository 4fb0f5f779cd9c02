#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/spare_buffers.h"

namespace understudy::protocol {

// Appends `payload` as one packet: in frames of at most 0xffffff bytes, with a shorter (perhaps
// empty) one at the end. `sequence` is the number of the first frame and becomes that of the next.
void append_packet(Bytes& out, std::uint8_t& sequence, ByteView payload);

// The sequence number with which the answer to `packets` (whole and framed, one after the other;
// all but the last without an answer) starts: one after that of the last frame.
std::uint8_t answer_sequence(ByteView packets);

// The payload of one packet, whole and framed: that of its frames, one behind the other.
Bytes payload_of(ByteView framed);

// Builds in `buffer` the packet of `framed`, a command, with `bytes` put in at `offset` of its
// payload, which is in its first frame.
void put_into_packet(ByteView framed, std::size_t offset, ByteView bytes, Bytes& buffer);

// One packet that a peer sent. The views live until the assembler is asked for the next one: a
// command outlives the read that brought it, as it may wait for a server.
struct AssembledPacket {
  ByteView framed;            // with its frame headers, as it came
  ByteView payload;           // without them
  std::uint8_t sequence = 0;  // of its last frame
};

// Cuts what a peer sends into packets. Each packet is copied once; while it waits for the first
// byte of the next, at most kRetainedBytesMax are held. Never throws; any bytes are accepted.
class PacketAssembler {
 public:
  // Packets with more than `payload_bytes_max` are refused. With `spares`, which outlives it, an
  // idle assembler has no buffer, and a busy one allocates none.
  explicit PacketAssembler(std::size_t payload_bytes_max, SpareBuffers* spares = nullptr)
      : spares_(spares), payload_bytes_max_(payload_bytes_max) {}

  static constexpr std::size_t kRetainedBytesMax = 64;

  // For the packets that are not whole yet.
  void set_payload_bytes_max(std::size_t bytes) { payload_bytes_max_ = bytes; }

  // Adds bytes. They must live until next() has returned nothing, or keep_rest() was called. The
  // views of the packet returned last stay valid.
  void feed(ByteView bytes);
  // The next whole packet, or nothing: then what is left of the bytes fed has been copied.
  // Errors: Exhausted (1153) for a packet that is too large; Malformed (1156) for a wrong sequence
  // number.
  Result<std::optional<AssembledPacket>> next();
  // After an error: the number of a packet that tells the peer of it.
  [[nodiscard]] std::uint8_t refusal_sequence() const { return refusal_sequence_; }
  // Copies what has not been taken yet: the bytes fed are about to go.
  void keep_rest();

  // What was fed and not returned, for another reader of the stream; nothing is left here.
  Bytes take_rest();

  // Sequence numbers start here at the next packet: 0 for commands, which is the default after each
  // packet.
  void expect_sequence(std::uint8_t sequence) { sequence_ = sequence; }

  [[nodiscard]] std::size_t buffered_bytes() const { return buffer_.size() - taken_ + fed_.size(); }

 private:
  [[nodiscard]] bool buffered() const { return taken_ < buffer_.size(); }
  [[nodiscard]] ByteView waiting() const;
  Result<std::optional<std::size_t>> packet_size(ByteView bytes);
  void take(std::size_t framed_size);
  [[nodiscard]] AssembledPacket describe();
  void release();
  void put_away(Bytes& buffer);

  SpareBuffers* const spares_;
  std::size_t payload_bytes_max_;
  std::uint8_t sequence_ = 0;
  std::uint8_t refusal_sequence_ = 1;
  ByteView fed_;           // not taken, not copied
  Bytes buffer_;           // came before fed_
  std::size_t taken_ = 0;  // of buffer_
  Bytes packet_;           // returned last
  Bytes joined_;           // its payload, if it has several frames
};

}  // namespace understudy::protocol

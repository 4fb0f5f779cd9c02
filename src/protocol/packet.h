#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace understudy::protocol {

// Appends `payload` as one packet: in frames of at most 0xffffff bytes, with a shorter (perhaps
// empty) one at the end. `sequence` is the number of the first frame and becomes that of the next.
void append_packet(Bytes& out, std::uint8_t& sequence, ByteView payload);

// One packet that a peer sent. The views live until the assembler is called again, or as long as
// what it was fed.
struct AssembledPacket {
  ByteView framed;            // with its frame headers, as it came
  ByteView payload;           // without them
  std::uint8_t sequence = 0;  // of its last frame
};

// Joins what a peer sends to packets. A packet that lies whole in the bytes fed is not copied;
// nothing is held between packets. Never throws; any bytes are accepted.
class PacketAssembler {
 public:
  // Packets with more than `payload_bytes_max` are refused.
  explicit PacketAssembler(std::size_t payload_bytes_max) : payload_bytes_max_(payload_bytes_max) {}

  // Adds bytes. They must live until next() has returned nothing, or keep_rest() was called.
  void feed(ByteView bytes);
  // The next whole packet, or nothing: then what is left of the bytes fed has been copied.
  // Errors: Exhausted (1153) for a packet that is too large; Malformed (1156) for a wrong sequence
  // number.
  Result<std::optional<AssembledPacket>> next();
  // Copies what has not been taken yet: the bytes fed are about to go.
  void keep_rest();

  // Sequence numbers start here at the next packet: 0 for commands, which is the default after each
  // packet.
  void expect_sequence(std::uint8_t sequence) { sequence_ = sequence; }

  [[nodiscard]] std::size_t buffered_bytes() const { return buffer_.size() - taken_ + fed_.size(); }

 private:
  [[nodiscard]] ByteView waiting() const;
  Result<std::optional<std::size_t>> packet_size(ByteView bytes) const;
  AssembledPacket take(ByteView framed);

  std::size_t payload_bytes_max_;
  std::uint8_t sequence_ = 0;
  ByteView fed_;           // not taken, not copied
  Bytes buffer_;           // copied
  std::size_t taken_ = 0;  // of buffer_
  Bytes joined_;           // the payload of a packet of several frames
};

}  // namespace understudy::protocol

#pragma once

#include <optional>

#include "base/bytes.h"

namespace understudy::protocol {

// Walks over the whole packets in framed bytes, such as a response that was collected. Sequence
// numbers are not looked at: who collected the bytes has done so.
class PacketReader {
 public:
  explicit PacketReader(ByteView framed) : rest_(framed) {}

  // The payload of the next packet, valid until the next call (or as long as the bytes, if it has
  // one frame); nothing at the end, or if the rest is not a whole packet.
  std::optional<ByteView> next();
  // True if all bytes belonged to whole packets.
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  ByteView rest_;
  Bytes joined_;  // the payload of a packet of several frames
};

}  // namespace understudy::protocol

#include "protocol/packet_reader.h"

#include "protocol/constants.h"

namespace understudy::protocol {

std::optional<ByteView> PacketReader::next() {
  joined_.clear();
  ByteView rest = rest_;
  while (rest.size() >= kFrameHeaderSize) {
    const std::size_t size = rest[0] | std::size_t{rest[1]} << 8 | std::size_t{rest[2]} << 16;
    if (size > rest.size() - kFrameHeaderSize) break;
    const ByteView frame = rest.subspan(kFrameHeaderSize, size);
    rest = rest.subspan(kFrameHeaderSize + size);
    const bool last = size < kFramePayloadMax;
    if (last) rest_ = rest;
    if (last && joined_.empty()) return frame;
    append(joined_, frame);
    if (last) return ByteView(joined_);
  }
  return std::nullopt;
}

}  // namespace understudy::protocol

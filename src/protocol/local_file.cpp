#include "protocol/local_file.h"

#include <algorithm>

namespace understudy::protocol {

Result<ByteView> LocalFileFrames::take(ByteView& bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !ended_) {
    if (left_ > 0) {
      const std::size_t part = std::min(left_, bytes.size() - taken);
      left_ -= part;
      taken += part;
      continue;
    }
    header_[header_size_++] = bytes[taken++];
    if (header_size_ < kFrameHeaderSize) continue;
    header_size_ = 0;
    if (const Result<void> header = take_header(); !header) return header.error();
  }
  const ByteView part = bytes.first(taken);
  bytes = bytes.subspan(taken);
  return part;
}

Result<void> LocalFileFrames::take_header() {
  if (header_[3] != sequence_)
    return make_error(ErrorKind::Malformed, 1156, "08S01", "Got packets out of order");
  ++sequence_;
  left_ = header_[0] | std::size_t{header_[1]} << 8 | std::size_t{header_[2]} << 16;
  ended_ = left_ == 0 && !continues_;
  continues_ = left_ == kFramePayloadMax;
  return {};
}

}  // namespace understudy::protocol

#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/constants.h"

namespace understudy::protocol {

// Follows the packets in which a client sends a file that the server has asked for, up to the empty
// packet at its end, without keeping any of it. Source: MariaDB protocol, "LOCAL INFILE packet".
class LocalFileFrames {
 public:
  // `sequence`: of the client's first packet, one after that of the request.
  explicit LocalFileFrames(std::uint8_t sequence) : sequence_(sequence) {}

  // Takes what belongs to the file off the front of `bytes` and returns it, to be passed on as it
  // is. Error: Malformed (1156) for a wrong sequence number.
  Result<ByteView> take(ByteView& bytes);

  // The empty packet has come: what follows are commands again.
  [[nodiscard]] bool ended() const { return ended_; }
  // Of the next packet of either side.
  [[nodiscard]] std::uint8_t next_sequence() const { return sequence_; }

 private:
  Result<void> take_header();

  std::uint8_t sequence_;
  std::array<std::uint8_t, kFrameHeaderSize> header_{};
  std::size_t header_size_ = 0;
  std::size_t left_ = 0;    // of the present frame
  bool continues_ = false;  // the packet goes on in the next frame
  bool ended_ = false;
};

}  // namespace understudy::protocol

#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.h"

namespace understudy {

// Empty buffers that have had their memory, so that who needs one for a while allocates nothing.
// One thread.
class SpareBuffers {
 public:
  // Gives `to` memory if it has none and there is a spare one.
  void lend(Bytes& to) {
    if (to.capacity() != 0 || buffers_.empty()) return;
    to = std::move(buffers_.back());
    buffers_.pop_back();
  }
  // Large ones are freed, and all that are too many.
  void give_back(Bytes buffer) {
    const std::size_t capacity = buffer.capacity();
    if (capacity == 0 || capacity > kBufferBytesMax || buffers_.size() == kBuffersMax) return;
    buffer.clear();
    buffers_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t kBuffersMax = 64;
  static constexpr std::size_t kBufferBytesMax = 64UL * 1024;

  std::vector<Bytes> buffers_;
};

}  // namespace understudy

#pragma once

#include "base/bytes.h"

// Bits as binary logs have them, the lowest of each byte first.
namespace understudy::replication {

constexpr std::size_t bitmap_size(std::size_t bits) {
  return (bits + 7) / 8;
}

inline bool bit_at(ByteView bitmap, std::size_t index) {
  return (bitmap[index / 8] >> (index % 8) & 1) != 0;
}

}  // namespace understudy::replication

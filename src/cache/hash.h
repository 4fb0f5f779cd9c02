#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::cache {

// One 64-bit value of two: the halves of their product, folded. Every bit of the result depends on
// every bit of both, so any of its bits may number a slot.
std::uint64_t mix(std::uint64_t left, std::uint64_t right);

// Equal in one process for equal bytes and seeds. Not for secrets: whoever chooses the bytes can
// make two that collide, which everything here survives (it costs time or a needless miss).
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace understudy::cache

#include "app/memory.h"

#include <malloc.h>

namespace understudy::app {
namespace {

// Larger ones are mapped each by itself, which costs less than filling them.
constexpr int kOwnMappingMin = 1 << 20;
// What may be free at the end of a heap.
constexpr int kFreeMax = 4 << 20;

}  // namespace

// glibc: to set the limits also ends their growing with the blocks that are freed.
void give_large_blocks_back() {
  mallopt(M_MMAP_THRESHOLD, kOwnMappingMin);
  mallopt(M_TRIM_THRESHOLD, kFreeMax);
}

}  // namespace understudy::app

#include "backend/result_cache.h"

#include <bit>

#include "base/assert.h"

namespace understudy::backend {
namespace {

// Beside an answer's bytes: its key (a statement's text) and what size_of() adds.
constexpr std::size_t kEntryOverhead = 16 * 1024;

}  // namespace

ResultCache::ResultCache(std::size_t size_bytes, std::size_t shard_count)
    : mask_(shard_count - 1), flights_(shard_count) {
  ASSERT(std::has_single_bit(shard_count));
  for (std::size_t i = 0; i < shard_count; ++i)
    shards_.push_back(std::make_unique<Shard>(size_bytes / shard_count));
}

std::size_t ResultCache::shards_for(std::size_t size_bytes, std::size_t max_result_bytes) {
  std::size_t shards = kShardsDefault;
  while (shards > 1 &&
         size_bytes / shards / cache::Store::kEntryShare < max_result_bytes + kEntryOverhead)
    shards /= 2;
  return shards;
}

ResultCache::Stored ResultCache::put(Shard& shard, cache::EntryPtr entry,
                                     cache::Store::Removed& removed) {
  const cache::Store::Insertion done = shard.store.insert(std::move(entry), removed);
  shard.counters.evictions += done.evicted;
  ++(done.stored ? shard.counters.stores : shard.counters.too_large);
  return done.stored ? Stored::Yes : Stored::TooLarge;
}

void ResultCache::clear() {
  for (const auto& shard : shards_) {
    cache::Store::Removed removed;
    const std::lock_guard lock(shard->mutex);
    shard->store.clear(removed);
  }
}

ResultCache::Counters ResultCache::counters() const {
  Counters sum;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    sum.hits += shard->counters.hits;
    sum.misses += shard->counters.misses;
    sum.invalid += shard->counters.invalid;
    sum.stores += shard->counters.stores;
    sum.evictions += shard->counters.evictions;
    sum.too_large += shard->counters.too_large;
    sum.bytes += shard->store.bytes();
    sum.entries += shard->store.size();
  }
  sum.waits = flights_.waits();
  return sum;
}

}  // namespace understudy::backend

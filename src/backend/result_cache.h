#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "backend/flights.h"
#include "cache/store.h"

namespace understudy::backend {

// Answers of reads, shared by all workers: stores, each behind a lock of its own that is held for
// one lookup or insertion. What makes an entry fit to be served is the caller's to say. Any thread.
class ResultCache {
 public:
  // What lookup()'s function says of the entry that was found.
  enum class Verdict : std::uint8_t {
    Serve,    // it is the answer
    Pass,     // it is none for this caller, but may be one for others: a miss
    Invalid,  // it is none for anybody any more: it goes, a miss
  };
  enum class Stored : std::uint8_t {
    Yes,
    Kept,      // there is one already that is still valid
    TooLarge,  // more than an eighth of a shard's budget
  };
  struct Counters {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;  // of lookups; with those that found an entry that did not fit
    std::uint64_t invalid = 0;
    std::uint64_t stores = 0;
    std::uint64_t evictions = 0;
    std::uint64_t too_large = 0;
    std::uint64_t waits = 0;  // for a leader
    std::uint64_t bytes = 0;  // now
    std::uint64_t entries = 0;
  };

  static constexpr std::size_t kShardsDefault = 64;

  // `shard_count` is a power of two.
  explicit ResultCache(std::size_t size_bytes, std::size_t shard_count = kShardsDefault);

  // The most shards, up to kShardsDefault, of which each takes an answer of that size.
  static std::size_t shards_for(std::size_t size_bytes, std::size_t max_result_bytes);

  // Calls `use` with the entry of that key, if there is one, under the shard's lock: it should
  // copy a small answer or the pointer, and must not call the cache. True for Verdict::Serve.
  // Allocates nothing.
  template <typename Use>  // Verdict(const cache::EntryPtr&)
  bool lookup(const cache::Key& key, Use&& use);

  // Puts the entry in place of the one with its key; unless `still_valid`, called under the shard's
  // lock, says that the old one is as good.
  template <typename StillValid>  // bool(const cache::Entry&)
  Stored insert(cache::EntryPtr entry, StillValid&& still_valid);

  // Where those meet who miss the same key; see flights.h.
  Flights::Place begin(const cache::Key& key, net::Loop& loop, Flights::Ended ended) {
    return flights_.join(key.hash, loop, std::move(ended));
  }

  // Forgets all entries. Flights go on.
  void clear();

  // A sum over the shards, one after another.
  [[nodiscard]] Counters counters() const;

 private:
  // The counters are guarded by the lock that every call holds anyway, so they cost no atomic.
  struct alignas(64) Shard {
    explicit Shard(std::size_t budget_bytes) : store(budget_bytes) {}
    mutable std::mutex mutex;
    cache::Store store;  // guarded by mutex
    Counters counters;   // guarded by mutex; without waits, bytes and entries
  };
  // The store's buckets go by the low bits.
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) { return *shards_[hash >> 40 & mask_]; }
  static Stored put(Shard& shard, cache::EntryPtr entry, cache::Store::Removed& removed);

  const std::size_t mask_;
  std::vector<std::unique_ptr<Shard>> shards_;
  Flights flights_;
};

template <typename Use>
bool ResultCache::lookup(const cache::Key& key, Use&& use) {
  Shard& shard = shard_of(key.hash);
  cache::EntryPtr invalid;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  cache::Store::Item* const item = shard.store.find(key);
  const Verdict verdict = item == nullptr ? Verdict::Pass : use(item->entry());
  if (verdict == Verdict::Serve) {
    ++shard.counters.hits;
    cache::Store::hit(*item);
    return true;
  }
  ++shard.counters.misses;
  if (verdict == Verdict::Invalid) {
    ++shard.counters.invalid;
    invalid = shard.store.erase(*item);
  }
  return false;
}

template <typename StillValid>
ResultCache::Stored ResultCache::insert(cache::EntryPtr entry, StillValid&& still_valid) {
  Shard& shard = shard_of(entry->hash);
  cache::Store::Removed removed;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  const cache::Store::Item* const old = shard.store.find(cache::key_of(*entry));
  if (old != nullptr && still_valid(std::as_const(*old->entry()))) return Stored::Kept;
  return put(shard, std::move(entry), removed);
}

}  // namespace understudy::backend

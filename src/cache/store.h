#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cache/entry.h"
#include "cache/ghosts.h"

namespace understudy::cache {

// A bounded table of entries, one shard of the result cache. One thread at a time.
//
// What is put out when there is no room follows S3-FIFO (Yang et al., "FIFO queues are all you need
// for cache eviction", SOSP 2023): a new entry joins a small queue of a tenth of the room. At
// its end it moves to the main queue if it was hit more than once, else it goes, and its hash is
// remembered: whoever comes back soon joins the main queue at once. At the end of the main queue an
// entry that was hit since begins anew, with one hit less. So a scan of entries that nobody asks
// for twice passes through the small queue alone, and a hit moves nothing: it raises a counter.
class Store {
 public:
  // An entry may take that part of the budget at most.
  static constexpr std::size_t kEntryShare = 8;

  // An entry and its places in the tables.
  class Item {
   public:
    [[nodiscard]] const EntryPtr& entry() const { return entry_; }

   private:
    friend class Store;
    EntryPtr entry_;
    std::uint64_t hash_ = 0;  // here too: the others of a bucket are passed without a look at them
    std::size_t bytes_ = 0;
    std::uint32_t next_ = 0;   // of the same bucket, or of the unused items
    std::uint32_t newer_ = 0;  // of the same queue
    std::uint32_t older_ = 0;
    std::uint8_t frequency_ = 0;  // hits since it joined its queue, at most 3
    bool in_main_ = false;
  };

  struct Insertion {
    bool stored = false;  // false: too large
    std::size_t evicted = 0;
  };
  // Entries that left the store. They are handed out so that the last reference to one, and with it
  // perhaps a megabyte, is not given up under a lock.
  using Removed = std::vector<EntryPtr>;

  explicit Store(std::size_t budget_bytes);

  // The item of that key or null; valid until the next insert(), erase() or clear().
  [[nodiscard]] Item* find(const Key& key);
  static void hit(Item& item);
  // For an entry that is no longer valid: one that was in demand joins the main queue when its
  // successor is inserted.
  EntryPtr erase(const Item& item);
  // Takes the place of an entry with the same key, and its rank.
  Insertion insert(EntryPtr entry, Removed& removed);
  void clear(Removed& removed);

  [[nodiscard]] std::size_t budget() const { return budget_; }
  [[nodiscard]] std::size_t bytes() const { return small_.bytes + main_.bytes; }
  [[nodiscard]] std::size_t size() const { return small_.size + main_.size; }

 private:
  using Index = std::uint32_t;  // in items_
  static constexpr Index kNone = ~Index{0};
  struct Queue {
    Index newest = kNone;
    Index oldest = kNone;
    std::size_t bytes = 0;
    std::size_t size = 0;
  };

  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const;
  [[nodiscard]] Queue& queue_of(const Item& item) { return item.in_main_ ? main_ : small_; }
  Index allot();
  void join(Index index);   // the newest of its queue
  void leave(Index index);  // its queue
  EntryPtr remove(Index index);
  void make_room(std::size_t bytes, Removed& removed);
  void shrink_small(Removed& removed);
  void shrink_main(Removed& removed);
  void grow_index();

  const std::size_t budget_;
  std::vector<Item> items_;
  Index unused_ = kNone;
  std::vector<Index> buckets_;  // a power of two
  Queue small_;
  Queue main_;
  Ghosts ghosts_;
};

}  // namespace understudy::cache

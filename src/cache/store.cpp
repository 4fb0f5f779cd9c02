#include "cache/store.h"

#include <algorithm>
#include <utility>

namespace understudy::cache {
namespace {

constexpr std::size_t kSmallShare = 10;  // the small queue's part of the budget
constexpr std::size_t kBucketsMin = 16;
constexpr std::uint8_t kFrequencyMax = 3;

}  // namespace

Store::Store(std::size_t budget_bytes) : budget_(budget_bytes), buckets_(kBucketsMin, kNone) {
  ghosts_.resize(kBucketsMin);
}

std::size_t Store::bucket_of(std::uint64_t hash) const {
  return static_cast<std::size_t>(hash) & (buckets_.size() - 1);
}

// What the caller looks at next is on its way from memory while the keys are compared.
Store::Item* Store::find(const Key& key) {
  for (Index index = buckets_[bucket_of(key.hash)]; index != kNone; index = items_[index].next_) {
    if (items_[index].hash_ != key.hash) continue;
    const Entry& entry = *items_[index].entry_;
    __builtin_prefetch(entry.depends_on.data());
    __builtin_prefetch(entry.answer.data());
    if (has_key(entry, key)) return &items_[index];
  }
  return nullptr;
}

void Store::hit(Item& item) {
  if (item.frequency_ < kFrequencyMax) ++item.frequency_;
}

EntryPtr Store::erase(const Item& item) {
  if (item.in_main_ || item.frequency_ > 1) ghosts_.remember(item.hash_);
  return remove(static_cast<Index>(&item - items_.data()));
}

Store::Insertion Store::insert(EntryPtr entry, Removed& removed) {
  const std::size_t bytes = size_of(*entry);
  const Key key = key_of(*entry);
  std::uint8_t frequency = 0;
  bool in_main = false;
  if (const Item* old = find(key)) {
    frequency = old->frequency_;
    in_main = old->in_main_;
    removed.push_back(remove(static_cast<Index>(old - items_.data())));
  } else {
    in_main = ghosts_.take(key.hash, std::max(size(), kBucketsMin));
  }
  if (bytes > budget_ / kEntryShare) {
    removed.push_back(std::move(entry));
    return {};
  }
  const std::size_t before = removed.size();
  make_room(bytes, removed);

  const Index index = allot();
  Item& item = items_[index];
  item.entry_ = std::move(entry);
  item.hash_ = key.hash;
  item.bytes_ = bytes;
  item.frequency_ = frequency;
  item.in_main_ = in_main;
  join(index);
  if (size() > buckets_.size()) grow_index();
  // grow_index() has left this one out: it goes by the buckets.
  item.next_ = std::exchange(buckets_[bucket_of(key.hash)], index);
  return {true, removed.size() - before};
}

void Store::clear(Removed& removed) {
  for (Item& item : items_)
    if (item.entry_) removed.push_back(std::move(item.entry_));
  items_.clear();
  unused_ = kNone;
  buckets_.assign(kBucketsMin, kNone);
  small_ = {};
  main_ = {};
  ghosts_.clear();
}

Store::Index Store::allot() {
  if (unused_ != kNone) return std::exchange(unused_, items_[unused_].next_);
  items_.emplace_back();
  return static_cast<Index>(items_.size() - 1);
}

void Store::join(Index index) {
  Item& item = items_[index];
  Queue& queue = queue_of(item);
  item.newer_ = kNone;
  item.older_ = std::exchange(queue.newest, index);
  (item.older_ == kNone ? queue.oldest : items_[item.older_].newer_) = index;
  queue.bytes += item.bytes_;
  ++queue.size;
}

void Store::leave(Index index) {
  const Item& item = items_[index];
  Queue& queue = queue_of(item);
  (item.newer_ == kNone ? queue.newest : items_[item.newer_].older_) = item.older_;
  (item.older_ == kNone ? queue.oldest : items_[item.older_].newer_) = item.newer_;
  queue.bytes -= item.bytes_;
  --queue.size;
}

EntryPtr Store::remove(Index index) {
  leave(index);
  Item& item = items_[index];
  Index* link = &buckets_[bucket_of(item.hash_)];
  while (*link != index)
    link = &items_[*link].next_;
  *link = item.next_;
  item.next_ = std::exchange(unused_, index);
  return std::exchange(item.entry_, nullptr);
}

// Each step takes an entry out, moves one to the main queue (once in its life), or takes a hit from
// one there: it ends.
void Store::make_room(std::size_t bytes, Removed& removed) {
  while (this->bytes() + bytes > budget_) {
    if (main_.size == 0 || (small_.size != 0 && small_.bytes > budget_ / kSmallShare))
      shrink_small(removed);
    else
      shrink_main(removed);
  }
}

void Store::shrink_small(Removed& removed) {
  const Index index = small_.oldest;
  Item& item = items_[index];
  if (item.frequency_ <= 1) {
    ghosts_.remember(item.hash_);
    removed.push_back(remove(index));
    return;
  }
  leave(index);
  item.frequency_ = 0;
  item.in_main_ = true;
  join(index);
}

void Store::shrink_main(Removed& removed) {
  const Index index = main_.oldest;
  Item& item = items_[index];
  if (item.frequency_ == 0) {
    removed.push_back(remove(index));
    return;
  }
  leave(index);
  --item.frequency_;
  join(index);
}

void Store::grow_index() {
  const std::vector<Index> old = std::exchange(buckets_, {});
  buckets_.assign(old.size() * 2, kNone);
  ghosts_.resize(buckets_.size());
  for (Index index : old) {
    while (index != kNone) {
      Index& bucket = buckets_[bucket_of(items_[index].hash_)];
      const Index next = std::exchange(items_[index].next_, bucket);
      bucket = std::exchange(index, next);
    }
  }
}

}  // namespace understudy::cache

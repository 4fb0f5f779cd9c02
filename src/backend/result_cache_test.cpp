#include "backend/result_cache.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

#include "backend/change_marks.h"
#include "base/random.h"

namespace {

// Of this thread, through operator new.
thread_local std::size_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
// All of them, or a sanitizer would see memory of one allocator freed by another.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace understudy::backend {
namespace {

using cache::EntryPtr;
using cache::Key;
using cache::make_key;
using Verdict = ResultCache::Verdict;
using Stored = ResultCache::Stored;

EntryPtr entry_of(const std::string& command, std::size_t answer_size = 100) {
  EntryPtr entry = cache::make_entry(make_key("me", command));
  entry->answer.assign(answer_size, 1);
  return entry;
}

class ResultCacheTest : public testing::Test {
 protected:
  Stored insert(EntryPtr entry, bool old_is_valid = false) {
    return cache_.insert(std::move(entry), [&](const cache::Entry&) { return old_is_valid; });
  }
  bool lookup(const std::string& command, Verdict verdict = Verdict::Serve) {
    return cache_.lookup(make_key("me", command), [&](const EntryPtr&) { return verdict; });
  }

  ResultCache cache_{1 << 22, 4};
};

TEST_F(ResultCacheTest, ServesWhatWasInserted) {
  EXPECT_FALSE(lookup("a"));
  EXPECT_EQ(insert(entry_of("a")), Stored::Yes);
  EXPECT_TRUE(lookup("a"));
  EXPECT_FALSE(cache_.lookup(make_key("m", "ea"), [](const EntryPtr&) { return Verdict::Serve; }));
  const ResultCache::Counters counters = cache_.counters();
  EXPECT_EQ(counters.hits, 1U);
  EXPECT_EQ(counters.misses, 2U);
  EXPECT_EQ(counters.stores, 1U);
  EXPECT_EQ(counters.entries, 1U);
  EXPECT_GE(counters.bytes, 100U);
}

TEST_F(ResultCacheTest, AnEntryThatDoesNotFitOneCallerStays) {
  insert(entry_of("a"));
  EXPECT_FALSE(lookup("a", Verdict::Pass));
  EXPECT_TRUE(lookup("a"));
  EXPECT_EQ(cache_.counters().invalid, 0U);
}

TEST_F(ResultCacheTest, AnInvalidEntryGoes) {
  insert(entry_of("a"));
  EXPECT_FALSE(lookup("a", Verdict::Invalid));
  EXPECT_FALSE(lookup("a"));
  EXPECT_EQ(cache_.counters().invalid, 1U);
  EXPECT_EQ(cache_.counters().entries, 0U);
  EXPECT_EQ(cache_.counters().bytes, 0U);
}

TEST_F(ResultCacheTest, KeepsAnEntryThatIsAsGood) {
  const EntryPtr first = entry_of("a");
  const EntryPtr second = entry_of("a");
  insert(first);
  EXPECT_EQ(insert(second, true), Stored::Kept);
  EntryPtr found;
  const auto keep = [&](const EntryPtr& entry) {
    found = entry;
    return Verdict::Serve;
  };
  cache_.lookup(make_key("me", "a"), keep);
  EXPECT_EQ(found, first);
  EXPECT_EQ(insert(second, false), Stored::Yes);
  cache_.lookup(make_key("me", "a"), keep);
  EXPECT_EQ(found, second);
  EXPECT_EQ(cache_.counters().entries, 1U);
}

TEST_F(ResultCacheTest, StaysWithinItsSize) {
  EXPECT_EQ(insert(entry_of("large", (1 << 20) / 8)), Stored::TooLarge);
  for (int i = 0; i < 2000; ++i)
    EXPECT_EQ(insert(entry_of(std::to_string(i), 10'000)), Stored::Yes);
  const ResultCache::Counters counters = cache_.counters();
  EXPECT_LE(counters.bytes, std::uint64_t{1} << 22);
  EXPECT_GT(counters.bytes, std::uint64_t{3} << 20);
  EXPECT_EQ(counters.evictions + counters.entries, 2000U);
  EXPECT_EQ(counters.too_large, 1U);
  cache_.clear();
  EXPECT_EQ(cache_.counters().entries, 0U);
}

TEST_F(ResultCacheTest, HasAsManyShardsAsTakeTheLargestAnswer) {
  EXPECT_EQ(ResultCache::shards_for(std::size_t{4} << 30, 1 << 20), 64U);
  EXPECT_EQ(ResultCache::shards_for(256 << 20, 1 << 20), 16U);
  EXPECT_EQ(ResultCache::shards_for(1 << 20, 1 << 20), 1U);
}

TEST_F(ResultCacheTest, AHitAllocatesNothing) {
  const std::string identity(120, 'i');
  const std::string command(60, 'c');
  EntryPtr entry = cache::make_entry(make_key(identity, command));
  entry->depends_on = {cache::rows_of("shop", "product")};
  insert(entry);
  const ChangeMarks marks(64);
  const std::size_t before = allocations;
  const bool served = cache_.lookup(make_key(identity, command), [&](const EntryPtr& found) {
    return marks.newest(found->depends_on) <= found->as_of ? Verdict::Serve : Verdict::Invalid;
  });
  const std::size_t after = allocations;
  EXPECT_TRUE(served);
  EXPECT_EQ(after, before);
}

TEST_F(ResultCacheTest, OneAsksTheServerForMany) {
  net::Loop loop;
  const Key key = make_key("me", "a");
  int served = 0;
  std::vector<Flights::Place> places;
  for (int i = 0; i < 10; ++i)
    places.push_back(cache_.begin(key, loop, [&](bool) { served += lookup("a") ? 1 : 0; }));
  ASSERT_TRUE(places[0].leads());
  insert(entry_of("a"));
  places[0].set_stored();
  places[0].release();
  loop.post([&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(served, 9);
  EXPECT_EQ(cache_.counters().waits, 9U);
}

// Rows that one thread changes and others read through the cache, as proxy and follower do: the
// "server" is an array of versions, and each change is marked before it is published.
class ChangingRows {
 public:
  static constexpr std::size_t kRows = 64;
  static constexpr std::uint64_t kChanges = 20'000;

  void change_all() {
    Random random(3);
    // And until the readers have met what they are here for.
    for (std::uint64_t number = 1; number <= kChanges || cache_.counters().invalid == 0; ++number) {
      const std::uint64_t row = random.below(kRows);
      rows_[row].store(number);
      marks_.touch(mark_of(row), number);
      if (number % 1000 == 0) marks_.touch_everything(number);
      through_.store(number);
      while (reads_ < number)  // or it would be over before the others have begun
        std::this_thread::yield();
    }
    done_ = true;
  }

  void read_until_done(std::uint64_t seed) {
    Random random(seed);
    for (; !done_; ++reads_)
      read(random.below(kRows));
  }

  ResultCache cache_{1 << 18, 4};
  std::atomic<int> stale_{0};

 private:
  static cache::Mark mark_of(std::uint64_t row) {
    return cache::row_of("shop", "product", std::array{row});
  }

  // Nothing older may be served than the last change of the row of which all are through.
  void read(std::uint64_t row) {
    const std::string command = std::to_string(row);
    const Key key = make_key("me", command);
    const std::uint64_t through = through_.load();
    std::uint64_t served_version = 0;
    const bool hit = cache_.lookup(key, [&](const EntryPtr& entry) {
      const std::uint64_t newest = marks_.newest(entry->depends_on);
      if (newest > entry->as_of) return Verdict::Invalid;
      served_version = entry->origin.rows;
      return Verdict::Serve;
    });
    if (!hit) return load(row, key, through);
    const std::uint64_t now = rows_[row].load();
    if (served_version < now && now <= through) ++stale_;
  }

  void load(std::uint64_t row, const Key& key, std::uint64_t as_of) {
    EntryPtr entry = cache::make_entry(key);
    entry->depends_on = {mark_of(row)};
    entry->as_of = as_of;
    entry->origin.rows = rows_[row].load();  // the version, for the check
    entry->answer.assign(500, 1);
    cache_.insert(std::move(entry), [&](const cache::Entry& old) {
      return marks_.newest(old.depends_on) <= old.as_of;
    });
  }

  std::array<std::atomic<std::uint64_t>, kRows> rows_{};
  ChangeMarks marks_{256};
  std::atomic<std::uint64_t> through_{0};
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<bool> done_{false};
};

TEST(ResultCacheThreadsTest, NothingStaleIsServedWhileRowsChange) {
  ChangingRows rows;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    threads.emplace_back([&rows, seed] { rows.read_until_done(seed); });
  threads.emplace_back([&rows] {
    for (int i = 0; i < 20; ++i)
      rows.cache_.clear();
  });
  rows.change_all();
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(rows.stale_, 0);
  EXPECT_GT(rows.cache_.counters().hits, 0U);
  EXPECT_GT(rows.cache_.counters().invalid, 0U);
}

}  // namespace
}  // namespace understudy::backend

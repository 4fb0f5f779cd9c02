#include "cache/store.h"

#include <gtest/gtest.h>

#include <deque>
#include <set>
#include <string>
#include <unordered_set>

#include "base/random.h"

namespace understudy::cache {
namespace {

constexpr std::size_t kBudget = 1 << 20;

EntryPtr entry_of(const std::string& command, std::size_t answer_size = 1000) {
  EntryPtr entry = make_entry(make_key("me", command));
  entry->answer.assign(answer_size, 1);
  return entry;
}

class StoreTest : public testing::Test {
 protected:
  bool insert(const std::string& command, std::size_t answer_size = 1000) {
    const bool stored = store_.insert(entry_of(command, answer_size), removed_).stored;
    EXPECT_LE(store_.bytes(), store_.budget());
    return stored;
  }
  Store::Item* find(const std::string& command) { return store_.find(make_key("me", command)); }
  // Looks it up, and inserts it on a miss.
  bool ask(const std::string& command) {
    if (Store::Item* item = find(command)) {
      Store::hit(*item);
      return true;
    }
    insert(command);
    return false;
  }

  Store store_{kBudget};
  Store::Removed removed_;
};

TEST_F(StoreTest, FindsWhatWasInserted) {
  ASSERT_TRUE(insert("a"));
  ASSERT_NE(find("a"), nullptr);
  EXPECT_EQ(find("a")->entry()->answer.size(), 1000U);
  EXPECT_EQ(find("b"), nullptr);
  EXPECT_EQ(store_.size(), 1U);
  EXPECT_EQ(store_.bytes(), size_of(*find("a")->entry()));
}

TEST_F(StoreTest, ComparesTheBytesOfKeysWithOneHash) {
  for (const char* command : {"one", "two"}) {
    EntryPtr entry = entry_of(command);
    entry->hash = 5;
    store_.insert(std::move(entry), removed_);
  }
  EXPECT_EQ(store_.size(), 2U);
  const Store::Item* one = store_.find({5, "me", "one"});
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->entry()->key, "meone");
  EXPECT_EQ(store_.find({5, "me", "tw0"}), nullptr);
  EXPECT_EQ(store_.find({5, "mf", "two"}), nullptr);
  EXPECT_EQ(store_.find({6, "me", "two"}), nullptr);
  store_.erase(*one);
  EXPECT_NE(store_.find({5, "me", "two"}), nullptr);
}

TEST_F(StoreTest, TheBoundaryInAKeyCounts) {
  EntryPtr entry = make_entry(make_key("ab", "c"));
  entry->hash = 5;
  store_.insert(entry, removed_);
  EXPECT_EQ(store_.find({5, "a", "bc"}), nullptr);
  EXPECT_NE(store_.find({5, "ab", "c"}), nullptr);
}

TEST_F(StoreTest, ANewEntryReplacesOneWithItsKey) {
  insert("a", 10);
  insert("a", 20);
  EXPECT_EQ(store_.size(), 1U);
  EXPECT_EQ(find("a")->entry()->answer.size(), 20U);
  ASSERT_EQ(removed_.size(), 1U);
  EXPECT_EQ(removed_[0]->answer.size(), 10U);
}

TEST_F(StoreTest, OneEntryTakesAnEighthAtMost) {
  EXPECT_FALSE(insert("large", kBudget / 8));
  EXPECT_TRUE(insert("smaller", kBudget / 8 - 1024));
  EXPECT_EQ(store_.size(), 1U);
}

TEST_F(StoreTest, CountsWhatContainersHaveReserved) {
  EntryPtr entry = entry_of("a", 10);
  const std::size_t before = size_of(*entry);
  entry->answer.reserve(5000);
  entry->depends_on.reserve(10);
  EXPECT_EQ(size_of(*entry), before + 5000 - 10 + 10 * sizeof(Mark));
}

TEST_F(StoreTest, AnErasedEntryIsGoneAndItsBytesAreFree) {
  insert("a");
  insert("b");
  const EntryPtr erased = store_.erase(*find("a"));
  EXPECT_EQ(erased->key, "mea");
  EXPECT_EQ(find("a"), nullptr);
  ASSERT_NE(find("b"), nullptr);
  EXPECT_EQ(store_.bytes(), size_of(*find("b")->entry()));
}

TEST_F(StoreTest, ClearForgetsAllAndHandsItOut) {
  for (int i = 0; i < 100; ++i)
    insert(std::to_string(i), 10);
  store_.clear(removed_);
  EXPECT_EQ(removed_.size(), 100U);
  EXPECT_EQ(store_.size(), 0U);
  EXPECT_EQ(store_.bytes(), 0U);
  EXPECT_EQ(find("1"), nullptr);
  EXPECT_TRUE(insert("1"));
}

TEST_F(StoreTest, RandomWorkKeepsBudgetAndSums) {
  Random random(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::string command = std::to_string(random.below(3000));
    Store::Item* item = find(command);
    if (item == nullptr || random.below(10) == 0) {
      insert(command, random.below(4000));
    } else if (random.below(10) == 0) {
      store_.erase(*item);
    } else {
      Store::hit(*item);
    }
    removed_.clear();
  }
  std::size_t entries = 0;
  std::size_t bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    const Store::Item* item = find(std::to_string(i));
    if (item == nullptr) continue;
    ++entries;
    bytes += size_of(*item->entry());
  }
  EXPECT_EQ(entries, store_.size());
  EXPECT_EQ(bytes, store_.bytes());
  EXPECT_GT(bytes, kBudget / 2);
}

TEST_F(StoreTest, AHotEntryThatWasInvalidJoinsTheMainQueueAgain) {
  insert("hot");
  Store::hit(*find("hot"));
  Store::hit(*find("hot"));
  store_.erase(*find("hot"));
  insert("hot");
  insert("cold");
  for (int i = 0; i < 2000; ++i)
    insert("scan" + std::to_string(i));
  EXPECT_NE(find("hot"), nullptr);
  EXPECT_EQ(find("cold"), nullptr);
}

// What the policy is for, beside a queue that knows no hits: hot keys, and twice as many requests
// for keys that come once.
TEST_F(StoreTest, AScanDoesNotFlushWhatIsHot) {
  Random random(1);
  const std::size_t room = kBudget / size_of(*entry_of("12345678"));
  std::deque<std::string> fifo;
  std::unordered_set<std::string> in_fifo;
  int asked = 0;
  int hits = 0;
  int fifo_hits = 0;
  for (int i = 0; i < 60'000; ++i) {
    ask("scan" + std::to_string(i));
    fifo.push_back({});
    if (i % 2 == 0) {
      const std::string hot = "hot" + std::to_string(random.below(room / 2));
      ++asked;
      hits += ask(hot) ? 1 : 0;
      if (in_fifo.insert(hot).second)
        fifo.push_back(hot);
      else
        ++fifo_hits;
    }
    for (; fifo.size() > room; fifo.pop_front())
      in_fifo.erase(fifo.front());
    removed_.clear();
  }
  const double rate = static_cast<double>(hits) / asked;
  const double fifo_rate = static_cast<double>(fifo_hits) / asked;
  RecordProperty("s3fifo", std::to_string(rate));
  RecordProperty("fifo", std::to_string(fifo_rate));
  EXPECT_GT(rate, 0.9);
  EXPECT_GT(rate, fifo_rate + 0.3) << fifo_rate;
}

TEST(GhostsTest, RemembersTheLastOnesOnce) {
  Ghosts ghosts;
  ghosts.resize(1024);
  for (std::uint64_t i = 0; i < 100; ++i)
    ghosts.remember(hash_bytes(std::to_string(i)));
  EXPECT_TRUE(ghosts.take(hash_bytes("99"), 10));
  EXPECT_FALSE(ghosts.take(hash_bytes("99"), 10));
  EXPECT_FALSE(ghosts.take(hash_bytes("50"), 10));
  ghosts.resize(2048);
  EXPECT_TRUE(ghosts.take(hash_bytes("60"), 100));
}

}  // namespace
}  // namespace understudy::cache

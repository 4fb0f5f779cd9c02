#include "backend/prepared_cache.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

using std::chrono::seconds;

constexpr std::size_t kCloseSize = 4 + 5;

class PreparedCacheTest : public ::testing::Test {
 protected:
  std::shared_ptr<PreparedCount> server_ = std::make_shared<PreparedCount>();
  Instant now_{seconds(100)};
  Bytes out_;
};

TEST_F(PreparedCacheTest, ClosesTheOneNotUsedForLongestWhenThereAreTooMany) {
  PreparedCache cache(server_);
  for (std::uint32_t id = 1; id <= PreparedCache::kStatementsMax; ++id)
    cache.add("SELECT " + std::to_string(id), id, now_, out_);
  EXPECT_TRUE(out_.empty());
  EXPECT_EQ(cache.find("SELECT 1", now_), 1u);
  cache.add("SELECT 0", 1000, now_, out_);
  EXPECT_EQ(out_.size(), kCloseSize);
  EXPECT_EQ(cache.find("SELECT 2", now_), std::nullopt);
  EXPECT_EQ(cache.find("SELECT 1", now_), 1u);
  EXPECT_EQ(server_->count, static_cast<std::int64_t>(PreparedCache::kStatementsMax));
}

TEST_F(PreparedCacheTest, TheSameTextAgainClosesItsOlderId) {
  PreparedCache cache(server_);
  cache.add("SELECT 1", 1, now_, out_);
  cache.add("SELECT 1", 2, now_, out_);
  EXPECT_EQ(out_.size(), kCloseSize);
  EXPECT_EQ(cache.find("SELECT 1", now_), 2u);
  EXPECT_EQ(server_->count, 1);
}

TEST_F(PreparedCacheTest, ClosesWhatIsNotUsedAnyMore) {
  PreparedCache cache(server_);
  cache.add("SELECT 1", 1, now_, out_);
  cache.add("SELECT 2", 2, now_ + seconds(1), out_);
  (void)cache.find("SELECT 1", now_ + seconds(5));
  cache.close_unused(now_ + seconds(2), out_);
  EXPECT_EQ(out_.size(), kCloseSize);
  EXPECT_EQ(cache.find("SELECT 2", now_), std::nullopt);
  EXPECT_EQ(cache.find("SELECT 1", now_), 1u);
}

TEST_F(PreparedCacheTest, AFullServerGetsNoMoreThanEachConnectionNeeds) {
  server_->count = PreparedCount::kMax;
  PreparedCache cache(server_);
  cache.add("SELECT 1", 1, now_, out_);
  EXPECT_TRUE(out_.empty()) << "the one that is about to be executed stays";
  cache.add("SELECT 2", 2, now_, out_);
  EXPECT_EQ(out_.size(), kCloseSize);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.find("SELECT 2", now_), 2u);
}

TEST_F(PreparedCacheTest, AConnectionThatEndsGivesItsShareBack) {
  { PreparedCache(server_).add("SELECT 1", 1, now_, out_); }
  EXPECT_EQ(server_->count, 0);
}

}  // namespace
}  // namespace understudy::backend

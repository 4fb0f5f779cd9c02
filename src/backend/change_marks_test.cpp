#include "backend/change_marks.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace understudy::backend {
namespace {

using cache::Mark;

TEST(ChangeMarksTest, KnowsTheNewestOfSeveralMarks) {
  ChangeMarks marks(1024);
  const std::array asked{Mark(1), Mark(2), Mark(3)};
  EXPECT_EQ(marks.newest(asked), 0U);
  marks.touch(Mark(2), 7);
  marks.touch(Mark(4), 9);
  EXPECT_EQ(marks.newest(asked), 7U);
  EXPECT_EQ(marks.newest({}), 0U);
}

TEST(ChangeMarksTest, EverythingIsAFloorUnderAllMarks) {
  ChangeMarks marks(1024);
  marks.touch(Mark(1), 5);
  marks.touch_everything(6);
  EXPECT_EQ(marks.newest(std::array{Mark(1)}), 6U);
  EXPECT_EQ(marks.newest({}), 6U);
  marks.touch(Mark(1), 8);
  EXPECT_EQ(marks.newest(std::array{Mark(1)}), 8U);
}

TEST(ChangeMarksTest, ACollisionInvalidatesTooMuchNeverTooLittle) {
  ChangeMarks marks(3);
  ASSERT_EQ(marks.slots(), 4U);
  marks.touch(Mark(1), 5);
  EXPECT_EQ(marks.newest(std::array{Mark(5)}), 5U);
  marks.touch(Mark(5), 4);
  EXPECT_EQ(marks.newest(std::array{Mark(1)}), 5U) << "a number never falls";
}

// Who has seen that the writer is through with a number sees its marks.
TEST(ChangeMarksTest, WhatIsPublishedIsSeen) {
  constexpr std::uint64_t kTransactions = 20'000;
  ChangeMarks marks(64);
  std::atomic<std::uint64_t> through{0};
  std::atomic<int> missed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (std::uint64_t seen = 0; seen < kTransactions;) {
        seen = through.load(std::memory_order_acquire);
        if (seen != 0 && marks.newest(std::array{Mark(seen % 64)}) < seen) ++missed;
      }
    });
  }
  for (std::uint64_t number = 1; number <= kTransactions; ++number) {
    marks.touch(Mark(number % 64), number);
    through.store(number, std::memory_order_release);
  }
  for (std::thread& reader : readers)
    reader.join();
  EXPECT_EQ(missed, 0);
}

}  // namespace
}  // namespace understudy::backend

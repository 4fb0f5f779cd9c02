#include "cache/marks.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "cache/hash.h"

namespace understudy::cache {
namespace {

using Values = std::vector<std::uint64_t>;

TEST(MarksTest, EqualNamesHaveEqualMarks) {
  EXPECT_EQ(rows_of("shop", "product"), rows_of("shop", "product"));
  EXPECT_EQ(row_of("shop", "product", Values{7}), row_of(rows_of("shop", "product"), Values{7}));
}

TEST(MarksTest, EveryKindAndNameIsItsOwn) {
  const std::array marks{rows_of("a", "b"),
                         rows_of("ab", ""),
                         rows_of("", "ab"),
                         rows_of("b", "a"),
                         rows_of("A", "b"),
                         whole_table("a", "b"),
                         schema_mark("a"),
                         schema_mark(""),
                         row_of("a", "b", Values{}),
                         row_of("a", "b", Values{0}),
                         row_of("a", "b", Values{0, 0}),
                         row_of("a", "b", Values{1, 2}),
                         row_of("a", "b", Values{2, 1}),
                         row_of("a", "b", Values{static_cast<std::uint64_t>(-1)})};
  std::set<std::uint64_t> values;
  for (const Mark mark : marks)
    values.insert(mark.value());
  EXPECT_EQ(values.size(), marks.size());
}

// Keys are consecutive numbers in most tables; their slots must not be few.
TEST(MarksTest, NeighboursSpreadOverSlots) {
  constexpr std::size_t kSlots = 1 << 16;
  std::vector<std::size_t> hits(kSlots);
  for (std::uint64_t id = 0; id < kSlots; ++id)
    ++hits[row_of("shop", "product", Values{id}).value() % kSlots];
  std::size_t empty = 0;
  for (const std::size_t count : hits)
    empty += count == 0 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(empty) / kSlots, 0.368, 0.02) << "1/e, as of random numbers";
}

TEST(HashTest, DependsOnEveryByteAndTheLength) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string zeros(size, '\0');
    std::set<std::uint64_t> seen{hash_bytes(zeros), hash_bytes(zeros + '\0'), hash_bytes(zeros, 1)};
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = zeros;
      other[at] = 1;
      seen.insert(hash_bytes(other));
    }
    EXPECT_EQ(seen.size(), size + 3) << size;
  }
}

}  // namespace
}  // namespace understudy::cache

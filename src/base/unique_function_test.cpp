#include "base/unique_function.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace understudy {
namespace {

TEST(UniqueFunctionTest, OwnsWhatCannotBeCopied) {
  UniqueFunction<int(int)> add = [one = std::make_unique<int>(1)](int to) { return *one + to; };
  EXPECT_EQ(add(2), 3);
  UniqueFunction<int(int)> moved = std::move(add);
  EXPECT_FALSE(add);  // NOLINT(bugprone-use-after-move): it says that it is empty
  EXPECT_EQ(moved(4), 5);
}

TEST(UniqueFunctionTest, HoldsSmallAndLargeCallables) {
  const std::array<int, 100> many{1, 2, 3};
  UniqueFunction<int()> large = [many] { return many[2]; };
  int called = 0;
  UniqueFunction<void()> small = [&called] { ++called; };
  UniqueFunction<int()> other = std::move(large);
  small();
  small = [&called, by = 10L] { called += static_cast<int>(by); };
  small();
  EXPECT_EQ(other(), 3);
  EXPECT_EQ(called, 11);
}

TEST(UniqueFunctionTest, DestroysWhatItHoldsOnce) {
  const auto alive = std::make_shared<int>();
  const std::array<int, 100> many{};
  {
    UniqueFunction<void()> small = [alive] {};
    UniqueFunction<void()> large = [alive, many] { static_cast<void>(many); };
    EXPECT_EQ(alive.use_count(), 3);
    small = std::move(large);
    EXPECT_EQ(alive.use_count(), 2);
    small = nullptr;
    EXPECT_EQ(alive.use_count(), 1);
    large = [alive] {};
  }
  EXPECT_EQ(alive.use_count(), 1);
}

// A callback may be given another one by what the old one held.
TEST(UniqueFunctionTest, MayBeSetWhileTheOldOneIsDestroyed) {
  struct Setter {
    UniqueFunction<std::string()>* function;
    Setter(UniqueFunction<std::string()>* to_set) : function(to_set) {}
    Setter(Setter&& other) noexcept : function(std::exchange(other.function, nullptr)) {}
    ~Setter() {
      if (function == nullptr) return;
      EXPECT_EQ((*function)(), "new");
      *function = [] { return std::string("newest"); };
    }
    std::string operator()() const { return "old"; }
  };
  UniqueFunction<std::string()> function;
  function = Setter(&function);
  function = [] { return std::string("new"); };
  EXPECT_EQ(function(), "newest");
}

}  // namespace
}  // namespace understudy

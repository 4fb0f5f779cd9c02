#include "backend/connection_budget.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

class ConnectionBudgetTest : public ::testing::Test {
 protected:
  // A member that counts what it is told.
  struct Told {
    int wanted = 0;
    int granted = 0;
  };
  ConnectionBudget::MemberId join(Told& told) {
    return budget_->join({&loop_, [&told] { ++told.wanted; }, [&told] { ++told.granted; }});
  }
  void run() {
    loop_.post([this] { loop_.stop(); });
    loop_.run();
  }

  net::Loop loop_;
  std::shared_ptr<ConnectionBudget> budget_ = std::make_shared<ConnectionBudget>(1);
  Told one_, two_;
};

TEST_F(ConnectionBudgetTest, APlaceGoesToTheOneThatWaits) {
  join(one_);
  const auto two = join(two_);
  ASSERT_TRUE(budget_->try_take());
  ASSERT_FALSE(budget_->try_take());
  budget_->want(two);
  budget_->give_back();
  EXPECT_FALSE(budget_->try_take()) << "it is on its way to the other";
  run();
  EXPECT_EQ(one_.wanted, 1);
  EXPECT_EQ(two_.granted, 1);
}

TEST_F(ConnectionBudgetTest, APlaceThatWasGivenBackInBetweenIsGrantedAtOnce) {
  join(one_);
  const auto two = join(two_);
  ASSERT_TRUE(budget_->try_take());
  ASSERT_FALSE(budget_->try_take());
  budget_->give_back();
  budget_->want(two);
  run();
  EXPECT_EQ(two_.granted, 1);
  EXPECT_EQ(budget_->used(), 1U);
  EXPECT_FALSE(budget_->others_want(two + 1));
}

TEST_F(ConnectionBudgetTest, APlaceForOneThatLeftIsGivenBack) {
  const auto one = join(one_);
  ASSERT_TRUE(budget_->try_take());
  budget_->want(one);
  budget_->give_back();
  budget_->leave(one);
  run();
  EXPECT_EQ(one_.granted, 0);
  EXPECT_EQ(budget_->used(), 0U);
}

}  // namespace
}  // namespace understudy::backend

#include "backend/password_checker.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "loop_driver.h"

namespace understudy::backend {
namespace {

using protocol::PasswordKind;

TEST(PasswordCheckerTest, AnswersOnTheLoopThatAsked) {
  net::Loop loop;
  PasswordChecker checker;
  std::vector<bool> answers;
  const auto here = std::this_thread::get_id();
  for (const char* password : {"secret", "wrong"}) {
    checker.check({PasswordKind::Ed25519, "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY", password},
                  loop, [&](bool right) {
                    EXPECT_EQ(std::this_thread::get_id(), here);
                    answers.push_back(right);
                  });
  }
  ASSERT_TRUE(test::run_until(loop, [&] { return answers.size() == 2; }));
  EXPECT_EQ(answers, (std::vector<bool>{true, false}));
}

TEST(PasswordCheckerTest, StoppedItForgets) {
  net::Loop loop;
  PasswordChecker checker;
  checker.stop();
  checker.stop();
  checker.check({PasswordKind::Native, "", ""}, loop, [](bool) { FAIL(); });
  test::run_what_is_ready(loop);
}

}  // namespace
}  // namespace understudy::backend

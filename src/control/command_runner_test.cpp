#include "control/command_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "loop_driver.h"

namespace understudy::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

class CommandRunnerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "command_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    // Nothing is left to be waited for.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }

  std::unique_ptr<RunningCommand> start(const CommandRequest& request) {
    return std::make_unique<RunningCommand>(loop_, request, [this](Result<CommandResult> result) {
      result_.emplace(std::move(result));
    });
  }
  Result<CommandResult> run(const CommandRequest& request) {
    const auto command = start(request);
    EXPECT_FALSE(result_.has_value()) << "called inside the call";
    EXPECT_TRUE(test::run_until(loop_, [&] { return result_.has_value(); }));
    return std::move(result_).value_or(make_error(ErrorKind::Timeout, "the test"));
  }
  // The number that a command has written into a file.
  int number_in(const std::string& name) {
    int pid = 0;
    EXPECT_TRUE(test::run_until(loop_, [&] {
      std::ifstream file(folder_ / name);
      return static_cast<bool>(file >> pid);
    }));
    return pid;
  }
  // A process that has ended but was not waited for yet still takes signals.
  bool gone(int pid) {
    return test::run_until(loop_, [&] {
      std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
      std::string number, name, state;
      return !(stat >> number >> name >> state) || state == "Z";
    });
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  net::Loop loop_;
  std::filesystem::path folder_;
  std::optional<Result<CommandResult>> result_;
};

TEST_F(CommandRunnerTest, ReportsStatusAndBothOutputs) {
  const auto result = run({.command = "echo out; echo err >&2; exit 3", .environment = {}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->exit_status, 3);
  EXPECT_EQ(result->output, "out\nerr\n");
  EXPECT_EQ(one_line(result->output), "out | err");
}

TEST_F(CommandRunnerTest, TheEnvironmentIsOursWithWhatWasAdded) {
  ::setenv("COMMAND_TEST_OLD", "old", 1);
  ::setenv("COMMAND_TEST_KEPT", "kept", 1);
  const auto result =
      run({.command = "echo \"$COMMAND_TEST_OLD $COMMAND_TEST_KEPT $COMMAND_TEST_NEW\"",
           .environment = {{"COMMAND_TEST_OLD", "new; exit 1"}, {"COMMAND_TEST_NEW", "'\"$x"}}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "new; exit 1 kept '\"$x\n") << "values are never read by the shell";
}

TEST_F(CommandRunnerTest, ASignalIsAStatusToo) {
  EXPECT_EQ(run({.command = "kill -9 $$", .environment = {}})->exit_status, 128 + 9);
}

TEST_F(CommandRunnerTest, OfALongOutputTheEndIsKept) {
  const auto result = run({.command = "seq 1 200000", .environment = {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output.size(), net::ChildProcess::kOutputBytes);
  EXPECT_THAT(result->output, ::testing::EndsWith("199999\n200000\n"));
}

TEST_F(CommandRunnerTest, ACommandThatCannotBeFoundFails) {
  const auto result = run({.command = "/no/such/program", .environment = {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_status, 127);
}

TEST_F(CommandRunnerTest, TheTimeoutEndsItPolitely) {
  const auto result = run({.command = "trap 'echo bye; exit 0' TERM; echo here; sleep 600 & wait",
                           .environment = {},
                           .timeout = milliseconds(200)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::Timeout);
  EXPECT_THAT(result.error().message, HasSubstr("200 ms"));
  EXPECT_THAT(result.error().message, HasSubstr("here | bye"));
}

TEST_F(CommandRunnerTest, WhatIgnoresThatIsKilledWithItsChildren) {
  const auto result = run({.command = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > " +
                                      path("child") + "; while :; do sleep 0.05; done'",
                           .environment = {},
                           .timeout = milliseconds(300),
                           .grace = milliseconds(50)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::Timeout);
  EXPECT_TRUE(gone(number_in("child")));
}

TEST_F(CommandRunnerTest, DestroyingItKillsItsGroup) {
  auto command = start({.command = "sh -c 'echo $$ > " + path("child") + "; exec sleep 600' & wait",
                        .environment = {}});
  const int child = number_in("child");
  command.reset();
  EXPECT_TRUE(gone(child));
  test::run_what_is_ready(loop_);
  EXPECT_FALSE(result_.has_value());
  EXPECT_TRUE(test::run_until(loop_, [] {
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
  })) << "a zombie is left";
}

TEST_F(CommandRunnerTest, MayBeDestroyedInItsFunction) {
  std::unique_ptr<RunningCommand> command;
  bool called = false;
  command = std::make_unique<RunningCommand>(
      loop_, CommandRequest{.command = "true", .environment = {}}, [&](const auto&) {
        command.reset();
        called = true;
      });
  EXPECT_TRUE(test::run_until(loop_, [&] { return called; }));
}

TEST_F(CommandRunnerTest, WhatItLeavesInTheBackgroundMayLiveOn) {
  const auto result = run({.command = "sleep 600 & echo $! > " + path("child"), .environment = {}});
  ASSERT_TRUE(result.ok()) << "its output is not waited for: " << result.error().message;
  EXPECT_EQ(result->exit_status, 0);
  const int child = number_in("child");
  EXPECT_EQ(::kill(child, 0), 0);
  ::kill(child, SIGKILL);
}

TEST_F(CommandRunnerTest, ALoopThatEndsFirstLeavesNothing) {
  int child = 0;
  {
    net::Loop loop;
    auto command = std::make_unique<RunningCommand>(
        loop,
        CommandRequest{.command = "echo $$ > " + path("child") + "; exec sleep 600",
                       .environment = {}},
        [](const auto&) {});
    child = number_in("child");
    command.reset();
  }
  EXPECT_EQ(::kill(child, 0), -1);
}

}  // namespace
}  // namespace understudy::control

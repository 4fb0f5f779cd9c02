#include "control/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::control {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(HooksTest, WhatIsNotConfiguredIsNoCommand) {
  for (const Hook hook :
       {Hook::BeforeFailover, Hook::AfterFailover, Hook::BeforeSwitchover, Hook::AfterSwitchover})
    EXPECT_FALSE(hook_command({}, hook, {}).has_value());
  EXPECT_FALSE(rebuild_command({}, {}).has_value());
}

TEST(HooksTest, EachHasItsCommandAndName) {
  config::Hooks hooks;
  hooks.before_failover = "before_failover";
  hooks.after_failover = "after_failover";
  hooks.before_switchover = "before_switchover";
  hooks.after_switchover = "after_switchover";
  hooks.timeout = std::chrono::seconds(7);
  for (const Hook hook :
       {Hook::BeforeFailover, Hook::AfterFailover, Hook::BeforeSwitchover, Hook::AfterSwitchover}) {
    const auto request = hook_command(hooks, hook, {});
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(request->command, to_text(hook));
    EXPECT_EQ(request->timeout, std::chrono::seconds(7));
    EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_EVENT", request->command)));
  }
}

TEST(HooksTest, AFailoverNamesItsServers) {
  config::Hooks hooks;
  hooks.after_failover = "x";
  HookOccasion occasion;
  occasion.cluster = "main";
  occasion.epoch = 4;
  occasion.reason = "dead_primary";
  occasion.new_primary = {"db2", {"127.0.0.1", 7312, {}}};
  const auto request = hook_command(hooks, Hook::AfterFailover, occasion);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_CLUSTER", "main")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_EPOCH", "4")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_REASON", "dead_primary")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_NEW_PRIMARY", "db2")));
  EXPECT_THAT(request->environment,
              Contains(Pair("UNDERSTUDY_NEW_PRIMARY_ADDRESS", "127.0.0.1:7312")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_OLD_PRIMARY", "")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_OLD_PRIMARY_ADDRESS", "")));
}

TEST(HooksTest, ARebuildNamesItsServers) {
  config::Hooks hooks;
  hooks.rebuild = "x";
  RebuildOccasion occasion;
  occasion.server = {"db1", {"10.0.0.1", 3306, {}}};
  occasion.source = {"db3", {"10.0.0.3", 3306, {}}};
  occasion.primary = {"db2", {{}, 0, "/run/2.sock"}};
  const auto request = rebuild_command(hooks, occasion);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->timeout, hooks.rebuild_timeout);
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_EVENT", "rebuild")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_SERVER", "db1")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_SERVER_ADDRESS", "10.0.0.1:3306")));
  EXPECT_THAT(request->environment, Contains(Pair("UNDERSTUDY_SOURCE", "db3")));
  EXPECT_THAT(request->environment,
              Contains(Pair("UNDERSTUDY_PRIMARY_ADDRESS", "unix:/run/2.sock")));
}

}  // namespace
}  // namespace understudy::control

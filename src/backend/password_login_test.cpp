#include "backend/password_login.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

// The hash of "secret".
constexpr const char* kHash = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";

const AccountTable kAccounts({{"app", "10.0.0.1", "mysql_native_password", kHash, false},
                              {"open", "%", "", "", false},
                              {"locked", "%", "mysql_native_password", kHash, true},
                              {"modern", "%", "ed25519",
                               "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY", false},
                              {"system", "%", "unix_socket", "", false}});

TEST(PasswordLoginTest, TheRightPasswordLogsIn) {
  const auto login = check_password(kAccounts, "app", "secret", "10.0.0.1");
  ASSERT_TRUE(login.ok()) << login.error().message;
  EXPECT_EQ(**login, *make_login("app", "secret"));
  EXPECT_TRUE(check_password(kAccounts, "open", "", "10.0.0.9").ok());
  const auto modern = check_password(kAccounts, "modern", "secret", "10.0.0.9");
  ASSERT_TRUE(modern.ok()) << modern.error().message;
  EXPECT_EQ((*modern)->password, "secret");
}

TEST(PasswordLoginTest, AnythingElseDoesNot) {
  EXPECT_EQ(check_password(kAccounts, "app", "Secret", "10.0.0.1").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "app", "", "10.0.0.1").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "app", "secret", "10.0.0.2").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "nobody", "", "10.0.0.1").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "open", "x", "10.0.0.1").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "locked", "secret", "10.0.0.1").error().code, 4151);
  EXPECT_EQ(check_password(kAccounts, "modern", "x", "10.0.0.1").error().code, 1045);
  EXPECT_EQ(check_password(kAccounts, "system", "x", "10.0.0.1").error().kind,
            ErrorKind::Unsupported);
  Account expired{"app", "%", "mysql_native_password", kHash, false};
  expired.expired = true;
  EXPECT_EQ(check_password(AccountTable({expired}), "app", "secret", "10.0.0.1").error().code,
            1862);
}

}  // namespace
}  // namespace understudy::backend

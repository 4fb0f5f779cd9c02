#include "backend/account_table.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

struct HostCase {
  const char* pattern;
  const char* host;
  bool matches;
};

TEST(HostMatchesTest, FollowsTheServersRules) {
  const HostCase cases[] = {
      {"%", "10.0.0.1", true},
      {"", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.%", "10.0.77.2", true},
      {"10.0.%", "10.1.77.2", false},
      {"10.0.0._", "10.0.0.9", true},
      {"10.0.0._", "10.0.0.19", false},
      {"%.example.com", "db.Example.com", true},
      {"192.168.1.0/255.255.255.0", "192.168.1.77", true},
      {"192.168.1.0/255.255.255.0", "192.168.2.77", false},
      {"192.168.1.0/255.255.255.0", "not-an-address", false},
      {"localhost", "localhost", true},
      {"localhost", "127.0.0.1", true},
      {"localhost", "127.0.0.2", false},
      {"%a%b", "xxaxxaxxb", true},
      {"%a%b", "xxaxxaxxbc", false},
      {"a\\_b", "a_b", true},
      {"a\\_b", "axb", false},
  };
  for (const HostCase& row : cases) {
    EXPECT_EQ(host_matches(row.pattern, row.host), row.matches) << row.pattern << " ~ " << row.host;
  }
}

TEST(AccountTableTest, TheMostSpecificHostWins) {
  const AccountTable table({{"app", "%", "any", "", false},
                            {"app", "10.0.0.5", "exact", "", false},
                            {"app", "10.0.%", "net", "", false}});
  EXPECT_EQ(table.find("app", "10.0.0.5")->plugin, "exact");
  EXPECT_EQ(table.find("app", "10.0.9.9")->plugin, "net");
  EXPECT_EQ(table.find("app", "11.0.9.9")->plugin, "any");
  EXPECT_EQ(table.find("App", "11.0.9.9"), nullptr) << "user names are case-sensitive";
}

TEST(AccountTableTest, AnAnonymousUserOnAMoreSpecificHostHidesTheNamedOne) {
  const AccountTable table(
      {{"app", "%", "named", "", false}, {"", "localhost", "anonymous", "", false}});
  EXPECT_EQ(table.find("app", "localhost")->plugin, "anonymous");
  EXPECT_EQ(table.find("app", "10.0.0.1")->plugin, "named");
}

}  // namespace
}  // namespace understudy::backend

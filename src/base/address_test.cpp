#include "base/address.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

TEST(AddressTest, EveryFormSurvivesARoundTrip) {
  for (const char* text : {"127.0.0.1:3306", "db1.example:1", "[::1]:65535", "unix:/run/my.sock"}) {
    const Result<Address> address = parse_address(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(to_string(*address), text);
  }
}

TEST(AddressTest, RefusesWhatIsNotAnAddress) {
  for (const char* text :
       {"", "db1", ":3306", "db1:", "db1:0", "db1:65536", "db1:12x", "::1:3306", "unix:run"}) {
    EXPECT_FALSE(parse_address(text).ok()) << text;
  }
}

}  // namespace
}  // namespace understudy

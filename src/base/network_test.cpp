#include "base/network.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

bool contains(std::string_view network, std::string_view address) {
  return Network::parse(network).value().contains(address);
}

TEST(NetworkTest, ContainsWhatHasItsFirstBits) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.3.4"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.16.0/20", "192.168.31.255"));
  EXPECT_FALSE(contains("192.168.16.0/20", "192.168.32.0"));
  EXPECT_TRUE(contains("192.168.1.5", "192.168.1.5"));
  EXPECT_FALSE(contains("192.168.1.5", "192.168.1.4"));
  EXPECT_TRUE(contains("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(contains("0.0.0.0/0", "fd00::1"));
  EXPECT_TRUE(contains("fd00::/8", "fd12::1"));
  EXPECT_FALSE(contains("fd00::/8", "fe80::1"));
  EXPECT_TRUE(contains("::1", "::1"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
}

TEST(NetworkTest, NamesAreInNone) {
  EXPECT_FALSE(contains("::/0", "localhost"));
  EXPECT_FALSE(contains("::/0", ""));
}

TEST(NetworkTest, OthersAreRefused) {
  for (const char* text : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129",
                           "db1.example", "10.0.0.0/8/8", "10.0.0.0/-1"})
    EXPECT_FALSE(Network::parse(text).ok()) << text;
}

}  // namespace
}  // namespace understudy

#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace understudy {
namespace {

std::string rewritten(std::string_view text) {
  const auto address = parse_ip(text);
  return address ? to_string(*address) : "none";
}

TEST(IpAddressTest, ReadsAndWrites) {
  for (const char* text : {"0.0.0.0", "192.168.1.255", "::", "::1", "1::", "2001:db8::7",
                           "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:2", "1:2:3:4:5:6:7:8"})
    EXPECT_EQ(rewritten(text), text);
  EXPECT_EQ(rewritten("2001:DB8:0:0:0:0:0:7"), "2001:db8::7");
  EXPECT_EQ(rewritten("0:0:1::"), "0:0:1::");
  EXPECT_EQ(rewritten("::ffff:10.1.2.3"), "10.1.2.3");
  EXPECT_EQ(rewritten("64:ff9b::10.1.2.3"), "64:ff9b::a01:203");
}

TEST(IpAddressTest, OtherTextsAreNone) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "1.2.3.",
                           ".1.2.3",
                           "01.2.3.4",
                           "1.2.3.x",
                           "localhost",
                           ":",
                           ":::",
                           "1:2",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7::8",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1:",
                           ":1::",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::-1"})
    EXPECT_EQ(rewritten(text), "none") << text;
}

TEST(IpAddressTest, FromBytes) {
  EXPECT_EQ(to_string(*ip_from_bytes(std::array<std::uint8_t, 4>{10, 0, 0, 1})), "10.0.0.1");
  EXPECT_FALSE(ip_from_bytes(std::array<std::uint8_t, 5>{}));
  EXPECT_TRUE(parse_ip("10.0.0.1")->is_version4());
  EXPECT_FALSE(parse_ip("::1")->is_version4());
}

}  // namespace
}  // namespace understudy

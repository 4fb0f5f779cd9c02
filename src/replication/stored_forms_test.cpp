#include "replication/stored_forms.h"

#include <gtest/gtest.h>

#include "conversation.h"

namespace understudy::replication {
namespace {

using test::from_hex;

std::string inet6(std::string_view hex) {
  std::string text;
  EXPECT_TRUE(append_inet(from_hex(std::string(hex)), 16, text));
  return text;
}

// As MariaDB 10.11 shows them.
TEST(StoredForms, AddressesAreShownAsTheServerDoes) {
  EXPECT_EQ(inet6(""), "::");
  EXPECT_EQ(inet6("00000000000000000000000000000001"), "::1");
  EXPECT_EQ(inet6("0001"), "1::");
  EXPECT_EQ(inet6("00010000000100010001000100010001"), "1::1:1:1:1:1:1");
  EXPECT_EQ(inet6("00010000000000010000000000000001"), "1:0:0:1::1");
  EXPECT_EQ(inet6("00000000000000000000000000010002"), "::0.1.0.2");
  EXPECT_EQ(inet6("00000000000000000000ffff00000001"), "::ffff:0.0.0.1");
  EXPECT_EQ(inet6("00000000000000000000000100000000"), "::1:0:0");
  std::string text;
  EXPECT_TRUE(append_inet(from_hex("7f"), 4, text));
  EXPECT_EQ(text, "127.0.0.0");
  EXPECT_FALSE(append_inet(from_hex("0102030405"), 4, text));
}

TEST(StoredForms, UuidsOfOldVersionsAreTurnedAround) {
  std::string text;
  EXPECT_TRUE(append_uuid(from_hex("426655440000a45612d3e89b123e4567"), text));
  EXPECT_EQ(text, "123e4567-e89b-12d3-a456-426655440000");
  text.clear();
  EXPECT_TRUE(append_uuid(from_hex("0190163d8694739b8a3a1d2e3f405162"), text));
  EXPECT_EQ(text, "0190163d-8694-739b-8a3a-1d2e3f405162");  // version 7
}

TEST(StoredForms, CompressedColumns) {
  Bytes out;
  EXPECT_TRUE(uncompress_column({}, out));
  EXPECT_TRUE(out.empty());
  EXPECT_TRUE(uncompress_column(from_hex("006162"), out));
  EXPECT_EQ(out, from_hex("6162"));
  EXPECT_FALSE(uncompress_column(from_hex("84ffffffff00"), out));  // 4 GiB of one byte
  EXPECT_FALSE(uncompress_column(from_hex("10"), out));
}

}  // namespace
}  // namespace understudy::replication

#include "protocol/stored_password.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <string>

#include "protocol/caching_sha2.h"
#include "protocol/ed25519_password.h"

namespace understudy::protocol {
namespace {

Scramble scramble_of(char c) {
  Scramble scramble{};
  scramble.fill(static_cast<std::uint8_t>(c));
  return scramble;
}

// As mysql.user of MySQL 9.7 has it after IDENTIFIED WITH caching_sha2_password BY 'secret'.
constexpr std::string_view kSha2OfSecret =
    "$A$00A$jd\x1e<.Oo\x06"
    "2[(\x18\x0c"
    "e]HOI\x05XaAkbZ0cwkeWXFpV48tqMVDq3FJu3OTc5QYLe15qTmg/";

TEST(StoredPasswordTest, PluginsByTheNamesOfTheAccountTable) {
  EXPECT_EQ(password_kind(""), PasswordKind::Native);
  EXPECT_EQ(password_kind("mysql_native_password"), PasswordKind::Native);
  EXPECT_EQ(password_kind("caching_sha2_password"), PasswordKind::CachingSha2);
  EXPECT_EQ(password_kind("ed25519"), PasswordKind::Ed25519);
  EXPECT_EQ(password_kind("unix_socket"), PasswordKind::Other);
}

TEST(StoredPasswordTest, Native) {
  constexpr std::string_view stored = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7";
  EXPECT_TRUE(matches_stored(PasswordKind::Native, stored, "secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::Native, stored, "Secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::Native, stored, ""));
}

TEST(StoredPasswordTest, CachingSha2) {
  EXPECT_TRUE(matches_stored(PasswordKind::CachingSha2, kSha2OfSecret, "secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::CachingSha2, kSha2OfSecret, "Secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::CachingSha2, kSha2OfSecret, std::string(100000, 'x')));
  for (std::size_t size = 1; size < kSha2OfSecret.size(); size += 7)
    EXPECT_FALSE(matches_caching_sha2(kSha2OfSecret.substr(0, size), "secret"));
  std::string odd(kSha2OfSecret);
  odd[4] = 'x';
  EXPECT_FALSE(matches_caching_sha2(odd, "secret"));
}

// As mysql.global_priv of MariaDB 10.11 has them.
TEST(StoredPasswordTest, Ed25519) {
  EXPECT_TRUE(
      matches_stored(PasswordKind::Ed25519, "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI", "foo"));
  EXPECT_TRUE(matches_stored(PasswordKind::Ed25519, "ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY",
                             "secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::Ed25519, "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI",
                              "secret"));
  EXPECT_FALSE(matches_stored(PasswordKind::Ed25519, "vubFBzIr", "foo"));
}

TEST(StoredPasswordTest, WithoutAPasswordOnlyNoneIsRight) {
  for (const PasswordKind kind : {PasswordKind::Native, PasswordKind::CachingSha2}) {
    EXPECT_TRUE(matches_stored(kind, "", ""));
    EXPECT_FALSE(matches_stored(kind, "", "x"));
  }
  EXPECT_FALSE(matches_stored(PasswordKind::Ed25519, "", ""));
  EXPECT_FALSE(matches_stored(PasswordKind::Other, "", ""));
}

TEST(CachingSha2Test, TheFastAnswerIsVerifiedWithThePassword) {
  const Sha256 answer = caching_sha2_response("secret", scramble_of('x'));
  EXPECT_TRUE(verify_caching_sha2(answer, scramble_of('x'), "secret"));
  EXPECT_FALSE(verify_caching_sha2(answer, scramble_of('y'), "secret"));
  EXPECT_FALSE(verify_caching_sha2(answer, scramble_of('x'), "Secret"));
  EXPECT_FALSE(verify_caching_sha2(ByteView(answer).first(31), scramble_of('x'), "secret"));
  EXPECT_FALSE(verify_caching_sha2({}, scramble_of('x'), "secret"));
}

TEST(CachingSha2Test, MaskingTwiceGivesTheBytesBack) {
  const Bytes masked =
      mask_with_scramble(as_bytes("a password longer than the scramble is"), scramble_of('x'));
  EXPECT_EQ(masked[0], 'a' ^ 'x');
  EXPECT_EQ(as_text(mask_with_scramble(masked, scramble_of('x'))),
            "a password longer than the scramble is");
}

TEST(Ed25519Test, TheAnswerIsASignature) {
  const Bytes nonce(kEd25519NonceSize, 7);
  const auto answer = ed25519_response("foo", nonce);
  std::array<std::uint8_t, 32> key{};
  ASSERT_EQ(
      sodium_base642bin(key.data(), key.size(), "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI", 43,
                        nullptr, nullptr, nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING),
      0);
  EXPECT_EQ(crypto_sign_verify_detached(answer.data(), nonce.data(), nonce.size(), key.data()), 0);
}

}  // namespace
}  // namespace understudy::protocol

#include "backend/password_key.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

TEST(PasswordKeyTest, WhatIsEncryptedWithItCanBeRead) {
  PasswordKey key;
  key.prepare();
  key.prepare();
  const auto encrypted = encrypt_password(key.pem(), as_bytes("secret"));
  ASSERT_TRUE(encrypted);
  EXPECT_EQ(encrypted->size(), 256U);
  const auto read = key.decrypt(*encrypted);
  ASSERT_TRUE(read);
  EXPECT_EQ(as_text(*read), "secret");
}

TEST(PasswordKeyTest, OtherBytesAreNothing) {
  PasswordKey key;
  EXPECT_TRUE(key.pem().empty());
  EXPECT_FALSE(key.decrypt(Bytes(256, 1)));
  key.prepare();
  EXPECT_FALSE(key.decrypt(Bytes(256, 1)));
  EXPECT_FALSE(key.decrypt({}));
  EXPECT_FALSE(encrypt_password("no key", as_bytes("secret")));
  EXPECT_FALSE(encrypt_password(key.pem(), Bytes(300, 1)));
}

}  // namespace
}  // namespace understudy::backend

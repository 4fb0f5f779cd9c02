#include "backend/verified_secrets.h"

#include <gtest/gtest.h>

namespace understudy::backend {
namespace {

const Account kApp{"app", "%", "caching_sha2_password", "$A$1", false};

TEST(VerifiedSecretsTest, KnowsWhatWasProvedUntilTheStoredHashChanges) {
  VerifiedSecrets secrets;
  EXPECT_FALSE(secrets.find(kApp));
  secrets.keep(kApp, "secret");
  secrets.keep(kApp, "secret");
  EXPECT_EQ(secrets.find(kApp), "secret");
  Account changed = kApp;
  changed.auth_hash = "$A$2";
  EXPECT_FALSE(secrets.find(changed));
  Account elsewhere = kApp;
  elsewhere.host = "10.%";
  EXPECT_FALSE(secrets.find(elsewhere));
}

TEST(VerifiedSecretsTest, ForgetsAccountsThatAreGone) {
  VerifiedSecrets secrets;
  secrets.keep(kApp, "secret");
  secrets.retain(AccountTable({kApp}));
  EXPECT_TRUE(secrets.find(kApp));
  secrets.retain(AccountTable({}));
  EXPECT_FALSE(secrets.find(kApp));
}

}  // namespace
}  // namespace understudy::backend

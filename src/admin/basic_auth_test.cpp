#include "admin/basic_auth.h"

#include <gtest/gtest.h>

namespace understudy::admin {
namespace {

TEST(BasicAuthTest, UserAndPasswordAreRead) {
  const auto app = parse_basic_auth("Basic YXBwOnNlOmNyZXQ=");
  ASSERT_TRUE(app);
  EXPECT_EQ(app->user, "app");
  EXPECT_EQ(app->password, "se:cret");
  EXPECT_TRUE(parse_basic_auth("basic YTo=")->password.empty());
}

TEST(BasicAuthTest, AnythingElseIsNothing) {
  for (const char* header : {"", "Basic", "Basic ", "Basic YQ==", "Basic !!!!", "Basic YXBwOg=x",
                             "Bearer YXBwOg==", "Basic A"})
    EXPECT_FALSE(parse_basic_auth(header)) << header;
}

}  // namespace
}  // namespace understudy::admin

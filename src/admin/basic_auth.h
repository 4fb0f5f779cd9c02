#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace understudy::admin {

struct BasicCredentials {
  std::string user;
  std::string password;
};

// Reads an Authorization header of the form "Basic BASE64" (RFC 7617). Nothing for any other text.
std::optional<BasicCredentials> parse_basic_auth(std::string_view header);

}  // namespace understudy::admin

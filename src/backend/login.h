#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace understudy::backend {

// Who logs in to a server, and in what form the answers shall come. Connections are shared only
// among sessions whose Login is equal. Immutable once shared; any thread may read it.
struct Login {
  std::string user;
  bool has_password = false;
  std::array<std::uint8_t, 20> password_sha1{};  // SHA1(password), enough for mysql_native_password
  std::uint32_t capabilities = 0;                // protocol::Capability bits that shape responses
  std::uint16_t collation = 45;                  // utf8mb4_general_ci

  friend bool operator==(const Login&, const Login&) = default;
};

// A Login of `user` with the password itself, as our own accounts have it.
std::shared_ptr<const Login> make_login(std::string_view user, std::string_view password);

}  // namespace understudy::backend

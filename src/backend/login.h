#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "net/tls_context.h"
#include "protocol/inflater.h"

namespace understudy::backend {

// What a client tells of itself, for performance_schema.session_connect_attrs of the servers, as
// protocol::HandshakeResponse has it. A connection shows those of the client that it was opened
// for: logins do not differ by them, or no two clients would share a connection.
struct ConnectAttributes {
  Bytes encoded;
  friend bool operator==(const ConnectAttributes&, const ConnectAttributes&) { return true; }
};

// Who logs in to a server, and in what form the answers shall come. Connections are shared only
// among sessions whose Login is equal. Immutable once shared; any thread may read it.
struct Login {
  std::string user;
  bool has_password = false;
  std::array<std::uint8_t, 20> password_sha1{};  // SHA1(password), enough for mysql_native_password
  // Itself, for the other plugins; nothing if who logged in has shown no more than that SHA1.
  std::optional<std::string> password;
  std::uint32_t capabilities = 0;  // protocol::Capability bits that shape responses
  std::uint16_t collation = 45;    // utf8mb4_general_ci
  ConnectAttributes attributes;
  std::shared_ptr<const net::TlsSource> tls;  // to servers not at a Unix socket; null: none
  protocol::Compression compression = protocol::Compression::None;  // with servers that offer it

  friend bool operator==(const Login&, const Login&) = default;
};

// A Login of `user` with the password itself, as our own accounts have it.
std::shared_ptr<const Login> make_login(
    std::string_view user, std::string_view password,
    std::shared_ptr<const net::TlsSource> tls = nullptr,
    protocol::Compression compression = protocol::Compression::None);

}  // namespace understudy::backend

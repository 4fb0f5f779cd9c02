#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::protocol {

// How a server checks an account's password, by the plugin in its account table.
enum class PasswordKind : std::uint8_t {
  Native,       // mysql_native_password, and accounts that name no plugin
  CachingSha2,  // caching_sha2_password
  Ed25519,      // ed25519
  Other,        // by something that we cannot ask: PAM, the operating system's user, …
};

PasswordKind password_kind(std::string_view plugin);

// Whether an account with that in the table has no password, and is opened by none. (An ed25519
// account cannot be like that: measured on MariaDB 10.11, nothing opens it then.)
bool opens_without_password(PasswordKind kind, std::string_view stored);

// Whether `password` is the one that the servers store as `stored`.
bool matches_stored(PasswordKind kind, std::string_view stored, std::string_view password);

}  // namespace understudy::protocol

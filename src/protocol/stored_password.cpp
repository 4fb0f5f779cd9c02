#include "protocol/stored_password.h"

#include "protocol/caching_sha2.h"
#include "protocol/ed25519_password.h"
#include "protocol/handshake.h"
#include "protocol/native_password.h"

namespace understudy::protocol {
namespace {

// As if a client had answered a scramble: that comparison takes the same time for all.
bool matches_native(std::string_view stored, std::string_view password) {
  const Scramble scramble{};
  const Sha1 response = native_password_response(password_sha1(password), scramble);
  return verify_native_password(response, scramble, stored).has_value();
}

}  // namespace

PasswordKind password_kind(std::string_view plugin) {
  if (plugin.empty() || plugin == kNativePasswordPlugin) return PasswordKind::Native;
  if (plugin == kCachingSha2Plugin) return PasswordKind::CachingSha2;
  if (plugin == kEd25519Plugin) return PasswordKind::Ed25519;
  return PasswordKind::Other;
}

bool opens_without_password(PasswordKind kind, std::string_view stored) {
  return stored.empty() && (kind == PasswordKind::Native || kind == PasswordKind::CachingSha2);
}

bool matches_stored(PasswordKind kind, std::string_view stored, std::string_view password) {
  if (stored.empty()) return password.empty() && opens_without_password(kind, stored);
  // No password never is one: servers store nothing for it.
  switch (kind) {
    case PasswordKind::Native:
      return matches_native(stored, password) && !password.empty();
    case PasswordKind::CachingSha2:
      return matches_caching_sha2(stored, password) && !password.empty();
    case PasswordKind::Ed25519:
      return matches_ed25519(stored, password) && !password.empty();
    case PasswordKind::Other:
      return false;
  }
  return false;
}

}  // namespace understudy::protocol

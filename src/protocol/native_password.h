#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace understudy::protocol {

using Scramble = std::array<std::uint8_t, 20>;
using Sha1 = std::array<std::uint8_t, 20>;

// mysql_native_password (MariaDB: "Authentication Plugin - mysql_native_password"). Servers store
// "*" + hex(SHA1(SHA1(password))); a client proves that it knows SHA1(password) by
// SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))).

Sha1 password_sha1(std::string_view password);

// What a client answers to `scramble`.
Sha1 native_password_response(const Sha1& password_sha1, const Scramble& scramble);

// SHA1(password), recovered from a right answer; nothing for a wrong one. `stored_hash` is
// "*HEX40", or empty for an account without a password, which only an empty answer opens. The time
// taken does not depend on the bytes compared.
std::optional<Sha1> verify_native_password(ByteView response, const Scramble& scramble,
                                           std::string_view stored_hash);

}  // namespace understudy::protocol

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace understudy::protocol {

// MariaDB's "ed25519" (clients call it client_ed25519): Ed25519 with the SHA-512 of the password in
// place of that of a random seed. Servers store the public key in base64 without padding.
inline constexpr std::string_view kEd25519Plugin = "ed25519";
inline constexpr std::string_view kClientEd25519Plugin = "client_ed25519";
inline constexpr std::size_t kEd25519NonceSize = 32;

// What a client answers to a server's nonce, whose size is kEd25519NonceSize.
std::array<std::uint8_t, 64> ed25519_response(std::string_view password, ByteView nonce);

// Whether `stored` is the public key of `password`. The time taken does not depend on either.
bool matches_ed25519(std::string_view stored, std::string_view password);

}  // namespace understudy::protocol

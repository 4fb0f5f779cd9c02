#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "protocol/native_password.h"

namespace understudy::protocol {

// caching_sha2_password (MySQL: "Caching SHA-2 Pluggable Authentication"). A client first answers
// the scramble: SHA256(password) XOR SHA256(SHA256(SHA256(password)) + scramble). Who verifies that
// has to have the password at hand ("the fast path"); else the client is asked for the password
// itself, which it sends over TLS or a Unix socket, or encrypted with an RSA key.
inline constexpr std::string_view kCachingSha2Plugin = "caching_sha2_password";
// The one before it, without a fast path.
inline constexpr std::string_view kSha256Plugin = "sha256_password";

using Sha256 = std::array<std::uint8_t, 32>;

// First byte of a packet in the middle of an authentication, and what may follow it here.
inline constexpr std::uint8_t kAuthMoreHeader = 0x01;
inline constexpr std::uint8_t kFastAuthOk = 0x03;
inline constexpr std::uint8_t kFullAuth = 0x04;
// What a client sends to be told the RSA key.
inline constexpr std::uint8_t kPublicKeyRequest = 0x02;

Sha256 caching_sha2_response(std::string_view password, const Scramble& scramble);

// The time taken does not depend on the bytes compared.
bool verify_caching_sha2(ByteView response, const Scramble& scramble, std::string_view password);

// What is encrypted with the RSA key: the password and a zero, XOR the scramble repeated; and the
// way back.
Bytes mask_with_scramble(ByteView bytes, const Scramble& scramble);

// Whether the server's stored "$A$005$SALT(20)HASH(43)" is that of `password`: SHA-256 crypt (U.
// Drepper: "Unix crypt using SHA-256 and SHA-512") with a longer salt and 1000 rounds times the
// hexadecimal number in front. Takes milliseconds, as it is meant to; a stored secret of another
// form costs as much, and is never right.
bool matches_caching_sha2(std::string_view stored, std::string_view password);

}  // namespace understudy::protocol

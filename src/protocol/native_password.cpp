#include "protocol/native_password.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace understudy::protocol {
namespace {

Sha1 sha1(ByteView bytes) {
  Sha1 digest{};
  SHA1(bytes.data(), bytes.size(), digest.data());
  return digest;
}

// SHA1(scramble + hash)
Sha1 salted(const Scramble& scramble, const Sha1& hash) {
  Bytes joined(scramble.begin(), scramble.end());
  append(joined, hash);
  return sha1(joined);
}

Sha1 xor_of(const Sha1& a, const Sha1& b) {
  Sha1 result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  }
  return result;
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::optional<Sha1> parse_stored_hash(std::string_view text) {
  if (text.size() != 41 || text[0] != '*') return std::nullopt;
  Sha1 hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto high = hex_digit(text[1 + 2 * i]), low = hex_digit(text[2 + 2 * i]);
    if (!high || !low) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return hash;
}

}  // namespace

Sha1 password_sha1(std::string_view password) {
  return sha1(as_bytes(password));
}

Sha1 native_password_response(const Sha1& password_sha1, const Scramble& scramble) {
  return xor_of(password_sha1, salted(scramble, sha1(password_sha1)));
}

std::optional<Sha1> verify_native_password(ByteView response, const Scramble& scramble,
                                           std::string_view stored_hash) {
  if (stored_hash.empty()) return response.empty() ? std::optional(Sha1{}) : std::nullopt;
  const std::optional<Sha1> stored = parse_stored_hash(stored_hash);
  Sha1 answer{};
  const bool sized = response.size() == answer.size();
  if (sized) std::copy(response.begin(), response.end(), answer.begin());
  const Sha1 candidate = xor_of(answer, salted(scramble, stored.value_or(Sha1{})));
  const Sha1 hashed = sha1(candidate);
  const bool equal =
      CRYPTO_memcmp(hashed.data(), stored.value_or(Sha1{}).data(), hashed.size()) == 0;
  return stored && sized && equal ? std::optional(candidate) : std::nullopt;
}

}  // namespace understudy::protocol

#include "protocol/ed25519_password.h"

#include <sodium.h>

#include <algorithm>
#include <string>

namespace understudy::protocol {
namespace {

using Scalar = std::array<std::uint8_t, crypto_core_ed25519_SCALARBYTES>;
using Point = std::array<std::uint8_t, crypto_core_ed25519_BYTES>;
using Sha512 = std::array<std::uint8_t, crypto_hash_sha512_BYTES>;

Sha512 sha512(ByteView bytes) {
  Sha512 hash{};
  crypto_hash_sha512(hash.data(), bytes.data(), bytes.size());
  return hash;
}

Scalar reduced(const Sha512& hash) {
  Scalar scalar{};
  crypto_core_ed25519_scalar_reduce(scalar.data(), hash.data());
  return scalar;
}

Point times_base(const Scalar& scalar) {
  Point point{};
  // It says no only to a scalar of zero, which no hash gives.
  (void)crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.data());
  return point;
}

// The private scalar, from the first half of the password's hash (RFC 8032, 5.1.5).
Scalar private_scalar(const Sha512& hash) {
  Scalar scalar{};
  std::copy_n(hash.begin(), scalar.size(), scalar.begin());
  scalar[0] &= 0xf8;
  scalar[31] = static_cast<std::uint8_t>((scalar[31] & 0x7f) | 0x40);
  return scalar;
}

}  // namespace

std::array<std::uint8_t, 64> ed25519_response(std::string_view password, ByteView nonce) {
  const Sha512 hash = sha512(as_bytes(password));
  const Scalar secret = private_scalar(hash);
  const Point public_key = times_base(secret);
  Bytes message(hash.begin() + 32, hash.end());
  append(message, nonce);
  const Scalar r = reduced(sha512(message));
  const Point commitment = times_base(r);
  message.assign(commitment.begin(), commitment.end());
  append(message, public_key);
  append(message, nonce);
  const Scalar challenge = reduced(sha512(message));
  Scalar product{}, proof{};
  crypto_core_ed25519_scalar_mul(product.data(), challenge.data(), secret.data());
  crypto_core_ed25519_scalar_add(proof.data(), product.data(), r.data());
  std::array<std::uint8_t, 64> response{};
  std::copy(commitment.begin(), commitment.end(), response.begin());
  std::copy(proof.begin(), proof.end(), response.begin() + 32);
  return response;
}

bool matches_ed25519(std::string_view stored, std::string_view password) {
  const Point key = times_base(private_scalar(sha512(as_bytes(password))));
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)> text{};
  sodium_bin2base64(text.data(), text.size(), key.data(), key.size(),
                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  const std::size_t size = text.size() - 1;  // without the zero at the end
  return stored.size() == size && sodium_memcmp(stored.data(), text.data(), size) == 0;
}

}  // namespace understudy::protocol

#include "protocol/caching_sha2.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace understudy::protocol {
namespace {

constexpr std::string_view kPrefix = "$A$";
constexpr std::size_t kRoundDigits = 3;
constexpr std::size_t kSaltSize = 20;
constexpr std::size_t kHashSize = 43;
constexpr std::size_t kStoredSize = kPrefix.size() + kRoundDigits + 1 + kSaltSize + kHashSize;
constexpr int kRoundsPerUnit = 1000;
constexpr std::size_t kPasswordBytesMax = 256;  // of the servers too

Sha256 sha256(ByteView bytes) {
  Sha256 digest{};
  SHA256(bytes.data(), bytes.size(), digest.data());
  return digest;
}

Sha256 sha256(const Sha256& hash, const Scramble& scramble) {
  Bytes joined(hash.begin(), hash.end());
  append(joined, scramble);
  return sha256(joined);
}

// The first `size` bytes of `unit`, repeated.
void append_repeated(Bytes& out, const Sha256& unit, std::size_t size) {
  for (; size > unit.size(); size -= unit.size())
    append(out, unit);
  append(out, ByteView(unit).first(size));
}

Bytes repeated(const Sha256& unit, std::size_t size) {
  Bytes out;
  append_repeated(out, unit, size);
  return out;
}

// The digest that the rounds begin with.
Sha256 first_digest(ByteView password, ByteView salt) {
  Bytes alternate(password.begin(), password.end());
  append(alternate, salt);
  append(alternate, password);
  const Sha256 inner = sha256(alternate);
  Bytes input(password.begin(), password.end());
  append(input, salt);
  append_repeated(input, inner, password.size());
  for (std::size_t bits = password.size(); bits > 0; bits >>= 1)
    append(input, (bits & 1) != 0 ? ByteView(inner) : password);
  return sha256(input);
}

Bytes password_sequence(ByteView password) {
  Bytes input;
  for (std::size_t i = 0; i < password.size(); ++i)
    append(input, password);
  return repeated(sha256(input), password.size());
}

Bytes salt_sequence(ByteView salt, std::uint8_t first_byte) {
  Bytes input;
  for (std::size_t i = 0; i < std::size_t{16} + first_byte; ++i)
    append(input, salt);
  return repeated(sha256(input), salt.size());
}

Sha256 crypt_digest(ByteView password, ByteView salt, int rounds) {
  Sha256 digest = first_digest(password, salt);
  const Bytes p = password_sequence(password);
  const Bytes s = salt_sequence(salt, digest[0]);
  Bytes input;
  for (int round = 0; round < rounds; ++round) {
    const bool odd = round % 2 != 0;
    input.clear();
    append(input, odd ? ByteView(p) : ByteView(digest));
    if (round % 3 != 0) append(input, s);
    if (round % 7 != 0) append(input, p);
    append(input, odd ? ByteView(digest) : ByteView(p));
    digest = sha256(input);
  }
  return digest;
}

void append_base64(std::string& out, std::uint32_t bits, int characters) {
  constexpr std::string_view kAlphabet =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (; characters > 0; --characters, bits >>= 6)
    out += kAlphabet[bits & 63];
}

// In the order that SHA-256 crypt gives the bytes.
std::string crypt_text(const Sha256& digest) {
  std::string text;
  std::array<std::size_t, 3> at{0, 10, 20};
  for (int group = 0; group < 10; ++group) {
    append_base64(text,
                  std::uint32_t{digest[at[0]]} << 16 | std::uint32_t{digest[at[1]]} << 8 |
                      std::uint32_t{digest[at[2]]},
                  4);
    at = {at[2] + 1, at[0] + 1, at[1] + 1};
  }
  append_base64(text, std::uint32_t{digest[31]} << 8 | std::uint32_t{digest[30]}, 3);
  return text;
}

struct Stored {
  int rounds = 0;
  std::string_view salt;
  std::string_view hash;
};

// What nobody's password is, for those of another form.
constexpr Stored kNobodys{5 * kRoundsPerUnit, "00000000000000000000",
                          "*******************************************"};

Stored parse_stored(std::string_view text) {
  if (text.size() != kStoredSize || !text.starts_with(kPrefix)) return kNobodys;
  const std::string_view digits = text.substr(kPrefix.size(), kRoundDigits);
  int units = 0;
  const auto parsed = std::from_chars(digits.begin(), digits.end(), units, 16);
  if (parsed.ec != std::errc() || parsed.ptr != digits.end() || units < 1) return kNobodys;
  if (text[kPrefix.size() + kRoundDigits] != '$') return kNobodys;
  text.remove_prefix(kStoredSize - kSaltSize - kHashSize);
  return {units * kRoundsPerUnit, text.substr(0, kSaltSize), text.substr(kSaltSize)};
}

}  // namespace

Sha256 caching_sha2_response(std::string_view password, const Scramble& scramble) {
  Sha256 response = sha256(as_bytes(password));
  const Sha256 mask = sha256(sha256(response), scramble);
  for (std::size_t i = 0; i < response.size(); ++i)
    response[i] = static_cast<std::uint8_t>(response[i] ^ mask[i]);
  return response;
}

bool verify_caching_sha2(ByteView response, const Scramble& scramble, std::string_view password) {
  const Sha256 right = caching_sha2_response(password, scramble);
  return response.size() == right.size() &&
         CRYPTO_memcmp(response.data(), right.data(), right.size()) == 0;
}

Bytes mask_with_scramble(ByteView bytes, const Scramble& scramble) {
  Bytes masked(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i < masked.size(); ++i)
    masked[i] = static_cast<std::uint8_t>(masked[i] ^ scramble[i % scramble.size()]);
  return masked;
}

bool matches_caching_sha2(std::string_view stored, std::string_view password) {
  const Stored parts = parse_stored(stored);
  const bool possible = password.size() <= kPasswordBytesMax;
  const Sha256 digest = crypt_digest(as_bytes(password.substr(0, kPasswordBytesMax)),
                                     as_bytes(parts.salt), parts.rounds);
  const std::string text = crypt_text(digest);
  return possible && CRYPTO_memcmp(text.data(), parts.hash.data(), kHashSize) == 0;
}

}  // namespace understudy::protocol

#include "cache/hash.h"

#include <cstddef>
#include <cstring>

// The folded product is the idea of wyhash (Wang Yi) and MUM (V. Makarov): a 64x64 multiplication
// is three cycles and spreads each bit over 128.
namespace understudy::cache {
namespace {

__extension__ using Product = unsigned __int128;

// Odd, with about half of the bits set: digits of the square roots of 2, 3 and 5.
constexpr std::uint64_t kFirst = 0x6a09e667f3bcc909;
constexpr std::uint64_t kSecond = 0xbb67ae8584caa73b;
constexpr std::uint64_t kThird = 0x3c6ef372fe94f82b;
constexpr std::size_t kStep = 16;

std::uint64_t fold(std::uint64_t left, std::uint64_t right) {
  const Product product = Product{left} * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

std::uint64_t take(std::uint64_t state, const char* bytes) {
  return fold(word_at(bytes) ^ kFirst, word_at(bytes + 8) ^ state);
}

}  // namespace

std::uint64_t mix(std::uint64_t left, std::uint64_t right) {
  return fold(fold(left ^ kFirst, right ^ kSecond) ^ left, kThird);
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t state = fold(seed ^ kThird, kSecond);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kStep; left -= kStep, at += kStep)
    state = take(state, at);
  char rest[kStep] = {};
  if (left != 0) std::memcpy(rest, at, left);
  return fold(take(state, rest) ^ kThird, bytes.size() ^ kSecond);
}

}  // namespace understudy::cache

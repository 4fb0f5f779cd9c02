#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace understudy {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// Reads little-endian integers and runs of bytes. Reading past the end yields zeros or empty views
// and sets failed() for good, so a decoder may check once at its end. Views live as long as the
// input.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  [[nodiscard]] ByteView rest() const { return rest_; }
  void fail() {
    failed_ = true;
    rest_ = {};
  }

  // `size` is 1 to 8 bytes.
  std::uint64_t integer(std::size_t size) {
    const ByteView field = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < field.size(); ++i)
      value |= std::uint64_t{field[i]} << (8 * i);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(integer(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }

  ByteView take(std::size_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const ByteView field = rest_.first(size);
    rest_ = rest_.subspan(size);
    return field;
  }
  ByteView take_rest() { return take(rest_.size()); }

  // The bytes before the next zero byte, which is consumed too.
  ByteView take_until_zero() {
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] != 0) continue;
      const ByteView field = rest_.first(i);
      rest_ = rest_.subspan(i + 1);
      return field;
    }
    fail();
    return {};
  }

 private:
  ByteView rest_;
  bool failed_ = false;
};

// Appends little-endian integers and runs of bytes to a buffer that it does not own.
class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void integer(std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u24(std::uint32_t value) { integer(value, 3); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void bytes(ByteView view) { append(out_, view); }
  void text(std::string_view view) { append(out_, as_bytes(view)); }
  void zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }

 private:
  Bytes& out_;
};

}  // namespace understudy

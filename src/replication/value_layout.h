#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "replication/table_format.h"

namespace understudy::replication {

// How many bytes a value that is not NULL takes in a row image.
struct ValueLayout {
  std::uint8_t prefix = 0;  // of so many bytes, which say how many follow; 0: none
  std::uint32_t fixed = 0;  // without a prefix: all of it

  friend bool operator==(const ValueLayout&, const ValueLayout&) = default;
};

// Nothing for a type that is not known, or whose length the log does not tell.
std::optional<ValueLayout> layout_of(const ColumnFormat& column);

// Takes a value from the front, without its prefix; the reader fails if it is too short.
inline ByteView take_value(const ValueLayout& layout, ByteReader& reader) {
  if (layout.prefix == 0) return reader.take(layout.fixed);
  return reader.take(static_cast<std::size_t>(reader.integer(layout.prefix)));
}

// CHAR, ENUM and SET share a type: the first byte of the metadata is the real one. For a CHAR of
// more than 255 bytes two of its bits are turned around, which hold the higher bits of its length.
struct StringMetadata {
  std::uint8_t real_type = 0;
  std::uint32_t length = 0;  // of CHAR in bytes at most, of ENUM and SET in the image
};
StringMetadata string_metadata(std::uint16_t metadata);

// How DECIMAL(precision, scale) is packed: nine digits take four bytes, the rest of each side as
// few as can hold it.
std::size_t decimal_size(std::size_t precision, std::size_t scale);

}  // namespace understudy::replication

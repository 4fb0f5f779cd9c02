#include "protocol/lenenc.h"

namespace understudy::protocol {

std::uint64_t read_lenenc(ByteReader& reader) {
  const std::uint8_t first = reader.u8();
  if (first < 0xfb) return first;
  if (first == 0xfc) return reader.u16();
  if (first == 0xfd) return reader.u24();
  if (first == 0xfe) return reader.u64();
  reader.fail();
  return 0;
}

ByteView read_lenenc_bytes(ByteReader& reader) {
  const std::uint64_t size = read_lenenc(reader);
  if (size > reader.remaining()) {
    reader.fail();
    return {};
  }
  return reader.take(static_cast<std::size_t>(size));
}

void append_lenenc(Bytes& out, std::uint64_t value) {
  ByteWriter writer(out);
  if (value < 0xfb) {
    writer.u8(static_cast<std::uint8_t>(value));
  } else if (value <= 0xffff) {
    writer.u8(0xfc);
    writer.integer(value, 2);
  } else if (value <= 0xffffff) {
    writer.u8(0xfd);
    writer.integer(value, 3);
  } else {
    writer.u8(0xfe);
    writer.integer(value, 8);
  }
}

void append_lenenc_bytes(Bytes& out, ByteView bytes) {
  append_lenenc(out, bytes.size());
  append(out, bytes);
}

}  // namespace understudy::protocol

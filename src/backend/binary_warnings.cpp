#include "backend/binary_warnings.h"

#include <charconv>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/packet.h"

// text row   := level code message      each lenenc_bytes; none is ever NULL
// binary row := 0 nulls:1 level:lenenc_bytes code:4 message:lenenc_bytes
namespace understudy::backend {
namespace {

constexpr std::size_t kBeforeRows = 4;  // the number of columns, and each of them
constexpr std::uint8_t kEndHeader = 0xfe;

Bytes binary_row(ByteView row) {
  ByteReader reader(row);
  const ByteView level = protocol::read_lenenc_bytes(reader);
  const std::string_view digits = as_text(protocol::read_lenenc_bytes(reader));
  std::uint32_t code = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), code);
  Bytes binary;
  ByteWriter writer(binary);
  writer.u16(0);
  protocol::append_lenenc_bytes(binary, level);
  writer.u32(code);
  protocol::append_lenenc_bytes(binary, protocol::read_lenenc_bytes(reader));
  return binary;
}

}  // namespace

Bytes binary_warnings(ByteView answer) {
  Bytes binary;
  ByteReader reader(answer);
  for (std::size_t number = 0; reader.remaining() > 0; ++number) {
    const std::size_t size = reader.u24();
    std::uint8_t sequence = reader.u8();
    const ByteView payload = reader.take(size);
    if (payload.empty()) break;
    const bool row = number >= kBeforeRows && payload[0] != kEndHeader;
    protocol::append_packet(binary, sequence,
                            row ? binary_row(payload) : Bytes(payload.begin(), payload.end()));
  }
  return binary;
}

}  // namespace understudy::backend

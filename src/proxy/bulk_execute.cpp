#include "proxy/bulk_execute.h"

#include "protocol/constants.h"
#include "protocol/packet.h"

// bulk := 0xfa statement:4 flags:2 type{parameters}? row*
// row  := (indicator:1 value?){parameters}           a value follows the indicator 0 only
// type := type:1 unsigned:1                          with flag kSendTypes
namespace understudy::proxy {
namespace {

constexpr std::uint16_t kSendTypes = 128;
constexpr std::size_t kFlagsOffset = 5;  // in the payload
constexpr std::size_t kTypesOffset = 7;

Error malformed() {
  return make_error(ErrorKind::Malformed, 1835, "HY000",
                    "Malformed packet: COM_STMT_BULK_EXECUTE is too short");
}

}  // namespace

Result<ByteView> normalize_bulk(ByteView framed, backend::PreparedStatement& statement,
                                Bytes& buffer) {
  // Types begin in the first frame, and are all in it: it is full if another follows.
  if (framed.size() < protocol::kFrameHeaderSize + kTypesOffset) return malformed();
  ByteReader reader(framed.subspan(protocol::kFrameHeaderSize + kFlagsOffset));
  const std::uint16_t flags = reader.u16();
  const std::size_t size = 2 * std::size_t{statement.parameter_count};
  if ((flags & kSendTypes) != 0) {
    const ByteView types = reader.take(size);
    if (reader.failed()) return malformed();
    statement.parameter_types.assign(types.begin(), types.end());
    return framed;
  }
  if (statement.parameter_types.size() != size) return malformed();
  protocol::put_into_packet(framed, kTypesOffset, statement.parameter_types, buffer);
  buffer[protocol::kFrameHeaderSize + kFlagsOffset] |= kSendTypes;
  return ByteView(buffer);
}

}  // namespace understudy::proxy

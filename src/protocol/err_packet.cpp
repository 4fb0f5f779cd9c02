#include "protocol/err_packet.h"

// err := 0xff code:2 ('#' sqlstate:5)? message
namespace understudy::protocol {
namespace {

constexpr std::uint16_t kUnknownError = 1105;
constexpr std::size_t kMessageBytesMax = 512;

}  // namespace

Result<ErrPacket> parse_err(ByteView payload) {
  ByteReader reader(payload);
  ErrPacket err;
  const std::uint8_t header = reader.u8();
  err.code = reader.u16();
  if (reader.failed() || header != 0xff) {
    return make_error(ErrorKind::Malformed, "malformed ERR packet");
  }
  err.sqlstate = "HY000";
  if (reader.remaining() >= 6 && reader.rest()[0] == '#') {
    reader.u8();
    err.sqlstate = as_text(reader.take(5));
  }
  err.message = as_text(reader.take_rest());
  return err;
}

Error to_error(const ErrPacket& err) {
  Error error = make_error(ErrorKind::Server, std::string(err.message));
  error.code = err.code;
  error.sqlstate = err.sqlstate;
  return error;
}

void append_err_payload(Bytes& out, const Error& error) {
  ByteWriter writer(out);
  writer.u8(0xff);
  writer.u16(error.code != 0 ? error.code : kUnknownError);
  writer.u8('#');
  writer.text(error.sqlstate.size() == 5 ? std::string_view(error.sqlstate) : "HY000");
  writer.text(std::string_view(error.message).substr(0, kMessageBytesMax));
}

}  // namespace understudy::protocol

#include "protocol/handshake.h"

#include <algorithm>

#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/lenenc.h"

// greeting := 10 version\0 id:4 scramble:8 0 capabilities:2 collation:1 status:2
// capabilities_high:2
//             scramble_size:1 reserved:6 extended:4 scramble:12 0 plugin\0
// response := capabilities:4 max_packet:4 collation:1 reserved:19 extended:4 user\0 auth schema\0?
// plugin\0?
// attributes? auth     := lenenc_bytes | size:1 bytes | bytes\0      by capability switch   := 0xfe
// plugin\0 data
namespace understudy::protocol {
namespace {

constexpr std::uint8_t kProtocolVersion = 10;
constexpr std::uint8_t kAuthSwitchHeader = 0xfe;
constexpr std::uint8_t kErrHeader = 0xff;
constexpr std::size_t kTlsRequestSize = 32;
constexpr std::size_t kFirstScramblePart = 8;
constexpr std::size_t kSecondScramblePart = 12;

Error malformed(std::string_view what) {
  return make_error(ErrorKind::Malformed, 1043, "08S01",
                    std::string("Bad handshake: ").append(what));
}

Error unsupported(std::string what) {
  return make_error(ErrorKind::Unsupported, 1251, "08004", std::move(what));
}

ByteView read_auth_response(ByteReader& reader, std::uint32_t capabilities) {
  if ((capabilities & kPluginAuthLenenc) != 0) return read_lenenc_bytes(reader);
  if ((capabilities & kSecureConnection) != 0) return reader.take(reader.u8());
  return reader.take_until_zero();
}

std::uint32_t read_extended(ByteReader& reader, std::uint32_t capabilities) {
  const std::uint32_t extended = reader.u32();
  return (capabilities & kLongPassword) == 0 ? extended : 0;
}

// The last part of a login, which not every client sends.
Result<void> take_attributes(ByteReader& reader, HandshakeResponse& response) {
  if ((response.capabilities & kConnectAttributes) == 0 || reader.remaining() == 0) return {};
  const ByteView attributes = read_lenenc_bytes(reader);
  if (reader.failed()) return malformed("the connect attributes are cut short");
  for (ByteReader pairs(attributes); pairs.remaining() > 0;) {
    read_lenenc_bytes(pairs);
    read_lenenc_bytes(pairs);
    if (pairs.failed()) return malformed("a connect attribute is cut short");
  }
  response.attributes.assign(attributes.begin(), attributes.end());
  return {};
}

}  // namespace

// Not a result for each row of a bulk execution (MariaDB 11.5): nothing in it says what
// LAST_INSERT_ID() answers afterwards.
std::uint32_t extended_offer(std::string_view server_version) {
  return server_version.find("MariaDB") == std::string_view::npos ? 0 : kBulkOperations;
}

Result<Greeting> parse_greeting(ByteView payload) {
  if (!payload.empty() && payload[0] == kErrHeader) {
    const Result<ErrPacket> err = parse_err(payload);
    return err ? to_error(*err) : err.error();
  }
  ByteReader reader(payload);
  Greeting greeting;
  const std::uint8_t version = reader.u8();
  if (version != kProtocolVersion) return malformed("not a server of protocol version 10");
  greeting.server_version = as_text(reader.take_until_zero());
  greeting.connection_id = reader.u32();
  const ByteView first = reader.take(kFirstScramblePart);
  std::copy(first.begin(), first.end(), greeting.scramble.begin());
  reader.u8();
  greeting.capabilities = reader.u16();
  greeting.collation = reader.u8();
  greeting.status = reader.u16();
  greeting.capabilities |= std::uint32_t{reader.u16()} << 16;
  reader.take(1 + 6);
  greeting.extended = read_extended(reader, greeting.capabilities);
  const ByteView second = reader.take(kSecondScramblePart);
  std::copy(second.begin(), second.end(), greeting.scramble.begin() + kFirstScramblePart);
  reader.u8();
  if ((greeting.capabilities & kPluginAuth) != 0) {
    greeting.plugin = as_text(reader.take_until_zero());
  }
  if (reader.failed()) return malformed("the server's greeting is too short");
  return greeting;
}

void append_greeting_payload(Bytes& out, const Greeting& greeting) {
  ByteWriter writer(out);
  const ByteView scramble = greeting.scramble;
  writer.u8(kProtocolVersion);
  writer.text(greeting.server_version);
  writer.u8(0);
  writer.u32(greeting.connection_id);
  writer.bytes(scramble.first(kFirstScramblePart));
  writer.u8(0);
  writer.u16(static_cast<std::uint16_t>(greeting.capabilities));
  writer.u8(greeting.collation);
  writer.u16(greeting.status);
  writer.u16(static_cast<std::uint16_t>(greeting.capabilities >> 16));
  writer.u8(static_cast<std::uint8_t>(scramble.size() + 1));
  writer.zeros(6);
  writer.u32((greeting.capabilities & kLongPassword) == 0 ? greeting.extended : 0);
  writer.bytes(scramble.subspan(kFirstScramblePart));
  writer.u8(0);
  writer.text(greeting.plugin);
  writer.u8(0);
}

Result<HandshakeResponse> parse_handshake_response(ByteView payload) {
  ByteReader reader(payload);
  HandshakeResponse response;
  response.capabilities = reader.u16();
  if (reader.failed()) return malformed("the client's answer is too short");
  if ((response.capabilities & kProtocol41) == 0) {
    return unsupported("Clients older than MySQL 4.1 are not supported");
  }
  response.capabilities |= std::uint32_t{reader.u16()} << 16;
  response.packet_bytes_max = reader.u32();
  response.collation = reader.u8();
  reader.take(19);
  response.extended = read_extended(reader, response.capabilities);
  if (is_tls_request(payload))
    return unsupported("TLS was asked for, but this address does not offer it");
  response.user = as_text(reader.take_until_zero());
  const ByteView auth = read_auth_response(reader, response.capabilities);
  response.auth_response.assign(auth.begin(), auth.end());
  if ((response.capabilities & kConnectWithDb) != 0 && reader.remaining() > 0) {
    response.schema = as_text(reader.take_until_zero());
  }
  if ((response.capabilities & kPluginAuth) != 0 && reader.remaining() > 0) {
    response.plugin = as_text(reader.take_until_zero());
  }
  if (reader.failed()) return malformed("the client's answer is too short");
  if (const Result<void> taken = take_attributes(reader, response); !taken) return taken.error();
  if ((response.capabilities & kZstdCompression) != 0 && reader.remaining() > 0)
    response.zstd_level = reader.u8();
  if (response.zstd_level == 0 || response.zstd_level > kZstdLevelMax)
    return malformed("the level of the compression is not 1 to 22");
  return response;
}

Result<HandshakeResponse> parse_change_user(ByteView payload, std::uint32_t capabilities,
                                            std::uint8_t collation) {
  ByteReader reader(payload);
  HandshakeResponse response;
  response.capabilities = capabilities;
  response.collation = collation;
  response.user = as_text(reader.take_until_zero());
  // Never with the long form of its size, whatever was agreed on.
  const ByteView auth = reader.take(reader.u8());
  response.auth_response.assign(auth.begin(), auth.end());
  response.schema = as_text(reader.take_until_zero());
  if (reader.remaining() > 0) {
    const std::uint16_t wanted = reader.u16();
    if (wanted > 0 && wanted <= 255) response.collation = static_cast<std::uint8_t>(wanted);
  }
  if ((capabilities & kPluginAuth) != 0 && reader.remaining() > 0)
    response.plugin = as_text(reader.take_until_zero());
  if (reader.failed()) return malformed("the change of user is too short");
  if (const Result<void> taken = take_attributes(reader, response); !taken) return taken.error();
  return response;
}

bool is_tls_request(ByteView payload) {
  return payload.size() == kTlsRequestSize && (ByteReader(payload).u32() & kSsl) != 0 &&
         (ByteReader(payload).u32() & kProtocol41) != 0;
}

void append_tls_request_payload(Bytes& out, const HandshakeResponse& response) {
  ByteWriter writer(out);
  writer.u32(response.capabilities);
  writer.u32(response.packet_bytes_max);
  writer.u8(response.collation);
  writer.zeros(19);
  writer.u32((response.capabilities & kLongPassword) == 0 ? response.extended : 0);
}

void append_handshake_response_payload(Bytes& out, const HandshakeResponse& response) {
  append_tls_request_payload(out, response);
  ByteWriter writer(out);
  writer.text(response.user);
  writer.u8(0);
  writer.u8(static_cast<std::uint8_t>(response.auth_response.size()));
  writer.bytes(response.auth_response);
  if ((response.capabilities & kConnectWithDb) != 0) {
    writer.text(response.schema);
    writer.u8(0);
  }
  if ((response.capabilities & kPluginAuth) != 0) {
    writer.text(response.plugin);
    writer.u8(0);
  }
  if ((response.capabilities & kConnectAttributes) != 0)
    append_lenenc_bytes(out, response.attributes);
  if ((response.capabilities & kZstdCompression) != 0) writer.u8(response.zstd_level);
}

Compression agreed_compression(std::uint32_t capabilities) {
  if ((capabilities & kCompress) != 0) return Compression::Zlib;
  return (capabilities & kZstdCompression) != 0 ? Compression::Zstd : Compression::None;
}

void append_attribute(Bytes& out, std::string_view name, std::string_view value) {
  append_lenenc_bytes(out, as_bytes(name));
  append_lenenc_bytes(out, as_bytes(value));
}

Result<AuthSwitch> parse_auth_switch(ByteView payload) {
  ByteReader reader(payload);
  AuthSwitch request;
  if (reader.u8() != kAuthSwitchHeader) return malformed("not an authentication switch");
  if (reader.remaining() == 0) return unsupported("the server asks for pre-4.1 authentication");
  request.plugin = as_text(reader.take_until_zero());
  const ByteView data = reader.take_rest();
  if (reader.failed()) return malformed("the authentication switch is too short");
  request.data.assign(data.begin(), data.end());
  return request;
}

void append_auth_switch_payload(Bytes& out, std::string_view plugin, const Scramble& scramble) {
  ByteWriter writer(out);
  writer.u8(kAuthSwitchHeader);
  writer.text(plugin);
  writer.u8(0);
  writer.bytes(scramble);
  writer.u8(0);
}

Result<Scramble> parse_scramble(ByteView data) {
  Scramble scramble{};
  if (data.size() < scramble.size()) return malformed("the scramble is too short");
  std::copy_n(data.begin(), scramble.size(), scramble.begin());
  return scramble;
}

}  // namespace understudy::protocol

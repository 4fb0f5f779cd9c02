#include "protocol/server_handshake.h"

#include "protocol/constants.h"

namespace understudy::protocol {

ServerHandshake::ServerHandshake(Greeting greeting) : greeting_(std::move(greeting)) {
  packets_.expect_sequence(1);
}

ServerHandshake::ServerHandshake(Greeting greeting, ClientCredentials credentials,
                                 std::uint8_t reply_sequence)
    : greeting_(std::move(greeting)),
      reply_sequence_(reply_sequence),
      introduced_(true),
      credentials_(std::move(credentials)) {}

Bytes ServerHandshake::greeting() const {
  Bytes payload, out;
  append_greeting_payload(payload, greeting_);
  std::uint8_t sequence = 0;
  append_packet(out, sequence, payload);
  return out;
}

Result<ServerHandshake::Event> ServerHandshake::feed(ByteView bytes) {
  packets_.feed(bytes);
  const auto packet = packets_.next();
  if (!packet) {
    ++reply_sequence_;  // whatever number it came with
    return packet.error();
  }
  if (!*packet) return Event::More;
  reply_sequence_ = static_cast<std::uint8_t>((*packet)->sequence + 1);
  if (!introduced_) return take_response((*packet)->payload);
  answer_ = (*packet)->payload;
  packets_.keep_rest();
  return Event::Answer;
}

Result<ServerHandshake::Event> ServerHandshake::take_response(ByteView payload) {
  if (!encrypted_ && (greeting_.capabilities & kSsl) != 0 && is_tls_request(payload)) {
    encrypted_ = true;
    packets_.expect_sequence(reply_sequence_);
    return Event::TlsRequest;
  }
  Result<HandshakeResponse> response = parse_handshake_response(payload);
  if (!response) return response.error();
  introduced_ = true;
  credentials_.user = std::move(response->user);
  credentials_.plugin = std::move(response->plugin);
  credentials_.auth_response = std::move(response->auth_response);
  credentials_.schema = std::move(response->schema);
  credentials_.attributes = std::move(response->attributes);
  // A client may only use what was offered.
  credentials_.capabilities = response->capabilities & greeting_.capabilities;
  credentials_.collation = response->collation;
  credentials_.zstd_level = response->zstd_level;
  packets_.keep_rest();
  return Event::Credentials;
}

void ServerHandshake::send(ByteView payload, Bytes& out, bool more) {
  append_packet(out, reply_sequence_, payload);
  if (!more) packets_.expect_sequence(reply_sequence_);
}

}  // namespace understudy::protocol

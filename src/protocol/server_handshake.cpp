#include "protocol/server_handshake.h"

#include "protocol/constants.h"

namespace understudy::protocol {

ServerHandshake::ServerHandshake(Greeting greeting) : greeting_(std::move(greeting)) {
  packets_.expect_sequence(1);
}

Bytes ServerHandshake::greeting() const {
  Bytes payload, out;
  append_greeting_payload(payload, greeting_);
  std::uint8_t sequence = 0;
  append_packet(out, sequence, payload);
  return out;
}

Result<std::optional<ClientCredentials>> ServerHandshake::feed(ByteView bytes, Bytes& out) {
  packets_.feed(bytes);
  const auto packet = packets_.next();
  if (!packet) return packet.error();
  if (!*packet) return std::optional<ClientCredentials>();
  reply_sequence_ = static_cast<std::uint8_t>((*packet)->sequence + 1);
  const ByteView payload = (*packet)->payload;
  if (!switched_) return take_response(payload, out);
  credentials_.auth_response.assign(payload.begin(), payload.end());
  credentials_.reply_sequence = reply_sequence_;
  return std::optional(credentials_);
}

Result<std::optional<ClientCredentials>> ServerHandshake::take_response(ByteView payload,
                                                                        Bytes& out) {
  Result<HandshakeResponse> response = parse_handshake_response(payload);
  if (!response) return response.error();
  credentials_.user = std::move(response->user);
  credentials_.schema = std::move(response->schema);
  // A client may only use what was offered.
  credentials_.capabilities = response->capabilities & greeting_.capabilities;
  credentials_.collation = response->collation;
  credentials_.reply_sequence = reply_sequence_;
  if (response->plugin.empty() || response->plugin == kNativePasswordPlugin) {
    credentials_.auth_response = std::move(response->auth_response);
    return std::optional(credentials_);
  }
  switched_ = true;
  Bytes request;
  append_auth_switch_payload(request, {std::string(kNativePasswordPlugin), greeting_.scramble});
  append_packet(out, reply_sequence_, request);
  packets_.expect_sequence(reply_sequence_);
  return std::optional<ClientCredentials>();
}

}  // namespace understudy::protocol

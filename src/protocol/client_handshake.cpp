#include "protocol/client_handshake.h"

#include <fmt/format.h>

#include "protocol/constants.h"
#include "protocol/err_packet.h"

namespace understudy::protocol {
namespace {

constexpr std::uint8_t kOkHeader = 0x00;
constexpr std::uint8_t kAuthSwitchHeader = 0xfe;
constexpr std::uint8_t kErrHeader = 0xff;

// Without these we could not follow what a session does.
constexpr std::uint32_t kNeeded = kProtocol41 | kSecureConnection | kPluginAuth | kTransactions |
                                  kMultiResults | kPsMultiResults | kSessionTrack;
constexpr std::uint32_t kAlways = kNeeded | kLongPassword | kLongFlag;
constexpr std::uint32_t kPacketBytesMax = 1u << 30;

}  // namespace

ClientHandshake::ClientHandshake(ClientHandshakeOptions options) : options_(std::move(options)) {}

Result<void> ClientHandshake::feed(ByteView bytes, Bytes& out) {
  packets_.feed(bytes);
  while (!done()) {
    auto packet = packets_.next();
    if (!packet) return packet.error();
    if (!*packet) return {};
    packets_.expect_sequence(static_cast<std::uint8_t>((*packet)->sequence + 2));
    if ((*packet)->payload.empty()) {
      return make_error(ErrorKind::Malformed, "the server sent an empty packet during login");
    }
    const Result<void> taken = state_ == State::AwaitingGreeting
                                   ? answer_greeting((*packet)->payload, out)
                                   : take_verdict(**packet, out);
    if (!taken) return taken.error();
  }
  return {};
}

Result<void> ClientHandshake::answer_greeting(ByteView payload, Bytes& out) {
  Result<Greeting> greeting = parse_greeting(payload);
  if (!greeting) return greeting.error();
  greeting_ = std::move(greeting).value();
  if ((greeting_.capabilities & kNeeded) != kNeeded) {
    return make_error(ErrorKind::Unsupported,
                      fmt::format("server version {} lacks what Understudy needs (session "
                                  "tracking); MariaDB 10.6 or later has it",
                                  greeting_.server_version));
  }
  HandshakeResponse response;
  response.capabilities = kAlways | (options_.capabilities & greeting_.capabilities);
  if (!options_.schema.empty()) response.capabilities |= kConnectWithDb;
  response.packet_bytes_max = kPacketBytesMax;
  response.collation = options_.collation;
  response.user = options_.user;
  response.auth_response = auth_response(greeting_.scramble);
  response.schema = options_.schema;
  response.plugin = kNativePasswordPlugin;
  capabilities_ = response.capabilities;
  Bytes reply;
  append_handshake_response_payload(reply, response);
  std::uint8_t sequence = 1;
  append_packet(out, sequence, reply);
  state_ = State::AwaitingVerdict;
  return {};
}

Result<void> ClientHandshake::take_verdict(const AssembledPacket& packet, Bytes& out) {
  const std::uint8_t header = packet.payload[0];
  if (header == kOkHeader) {
    state_ = State::Done;
    return {};
  }
  if (header == kErrHeader) {
    const Result<ErrPacket> err = parse_err(packet.payload);
    return err ? to_error(*err) : err.error();
  }
  if (header != kAuthSwitchHeader) {
    return make_error(ErrorKind::Malformed, "the server's answer to the login is unknown");
  }
  const Result<AuthSwitch> request = parse_auth_switch(packet.payload);
  if (!request) return request.error();
  if (request->plugin != kNativePasswordPlugin) {
    return make_error(ErrorKind::Unsupported,
                      fmt::format("account {} uses the authentication plugin {}; use {}",
                                  options_.user, request->plugin, kNativePasswordPlugin));
  }
  auto sequence = static_cast<std::uint8_t>(packet.sequence + 1);
  append_packet(out, sequence, auth_response(request->scramble));
  return {};
}

Bytes ClientHandshake::auth_response(const Scramble& scramble) const {
  if (!options_.has_password) return {};
  const Sha1 response = native_password_response(options_.password_sha1, scramble);
  return {response.begin(), response.end()};
}

}  // namespace understudy::protocol

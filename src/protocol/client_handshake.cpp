#include "protocol/client_handshake.h"

#include <fmt/format.h>

#include "protocol/caching_sha2.h"
#include "protocol/constants.h"
#include "protocol/ed25519_password.h"
#include "protocol/err_packet.h"

namespace understudy::protocol {
namespace {

constexpr std::uint8_t kOkHeader = 0x00;
constexpr std::uint8_t kAuthSwitchHeader = 0xfe;
constexpr std::uint8_t kErrHeader = 0xff;

// Without these we could not follow what a session does.
constexpr std::uint32_t kNeeded =
    kProtocol41 | kSecureConnection | kPluginAuth | kTransactions | kMultiResults | kSessionTrack;
constexpr std::uint32_t kAlways = kNeeded | kLongPassword | kLongFlag;
// They change no answer but those to the commands that they are for.
constexpr std::uint32_t kExtended = kBulkOperations;
constexpr std::uint32_t kPacketBytesMax = 1u << 30;
// A login with TLS, another plugin and a public key has ten packets.
constexpr std::uint8_t kLoginPacketsMax = 20;

std::uint32_t compression_bit(Compression method) {
  if (method == Compression::Zlib) return kCompress;
  return method == Compression::Zstd ? kZstdCompression : 0;
}

}  // namespace

ClientHandshake::ClientHandshake(ClientHandshakeOptions options) : options_(std::move(options)) {}

Result<void> ClientHandshake::feed(ByteView bytes, Bytes& out) {
  packets_.feed(bytes);
  while (!done()) {
    auto packet = packets_.next();
    if (!packet) return packet.error();
    if (!*packet) return {};
    sequence_ = static_cast<std::uint8_t>((*packet)->sequence + 1);
    packets_.expect_sequence(sequence_);  // unless we answer
    if (sequence_ > kLoginPacketsMax)
      return make_error(ErrorKind::Malformed, "the server does not come to an end with the login");
    if ((*packet)->payload.empty()) {
      return make_error(ErrorKind::Malformed, "the server sent an empty packet during login");
    }
    if (const Result<void> taken = take(**packet, out); !taken) return taken.error();
    // Who can add bytes on the way before TLS has begun must not have them taken for the server's.
    if (wants_tls() && packets_.buffered_bytes() != 0)
      return make_error(ErrorKind::Malformed, "the server sent bytes before TLS had begun");
    if (wants_tls()) return {};
  }
  return {};
}

Result<void> ClientHandshake::take(const AssembledPacket& packet, Bytes& out) {
  if (state_ == State::AwaitingGreeting) return answer_greeting(packet.payload, out);
  return take_verdict(packet.payload, out);
}

Result<void> ClientHandshake::answer_greeting(ByteView payload, Bytes& out) {
  Result<Greeting> greeting = parse_greeting(payload);
  if (!greeting) return greeting.error();
  greeting_ = std::move(greeting).value();
  if ((greeting_.capabilities & kNeeded) != kNeeded) {
    return make_error(ErrorKind::Unsupported,
                      fmt::format("server version {} lacks what Understudy needs (session "
                                  "tracking); MariaDB 10.6 and MySQL 8.4 have it",
                                  greeting_.server_version));
  }
  const bool offered = (greeting_.capabilities & kSsl) != 0;
  if (options_.tls == TlsUse::Always && !offered)
    return make_error(ErrorKind::Unsupported, "the server offers no TLS, which is required");
  scramble_ = greeting_.scramble;
  capabilities_ = response().capabilities;
  if (options_.tls == TlsUse::Never || !offered) {
    send_response(out);
    return {};
  }
  HandshakeResponse request;
  request.capabilities = capabilities_ | kSsl;
  request.extended = greeting_.extended & kExtended;
  request.packet_bytes_max = kPacketBytesMax;
  request.collation = options_.collation;
  Bytes beginning;
  append_tls_request_payload(beginning, request);
  send(beginning, out);
  state_ = State::AwaitingTls;
  return {};
}

void ClientHandshake::tls_started(Bytes& out) {
  encrypted_ = true;
  send_response(out);
}

HandshakeResponse ClientHandshake::response() const {
  HandshakeResponse response;
  response.capabilities = kAlways | (options_.capabilities & greeting_.capabilities);
  // Who has it has not MariaDB's own.
  if ((greeting_.capabilities & kLongPassword) == 0) response.capabilities &= ~kLongPassword;
  response.extended = greeting_.extended & kExtended;
  if (!options_.attributes.empty())
    response.capabilities |= greeting_.capabilities & kConnectAttributes;
  response.attributes = options_.attributes;
  if (encrypted_) response.capabilities |= kSsl;
  response.capabilities |= compression_bit(options_.compression) & greeting_.capabilities;
  if (!options_.schema.empty()) response.capabilities |= kConnectWithDb;
  response.packet_bytes_max = kPacketBytesMax;
  response.collation = options_.collation;
  response.user = options_.user;
  response.schema = options_.schema;
  response.plugin = kNativePasswordPlugin;
  return response;
}

void ClientHandshake::send_response(Bytes& out) {
  HandshakeResponse answered = response();
  // The server's own choice of plugin saves a round trip, if it is this account's.
  if (greeting_.plugin == kCachingSha2Plugin && options_.password)
    answered.plugin = kCachingSha2Plugin;
  plugin_ = answered.plugin;
  answered.auth_response = answer(plugin_, scramble_).value_or(Bytes());
  Bytes payload;
  append_handshake_response_payload(payload, answered);
  send(payload, out);
  state_ = State::AwaitingVerdict;
}

void ClientHandshake::send(ByteView payload, Bytes& out) {
  append_packet(out, sequence_, payload);
  packets_.expect_sequence(sequence_);
}

Result<void> ClientHandshake::take_verdict(ByteView payload, Bytes& out) {
  const std::uint8_t header = payload[0];
  if (header == kErrHeader) {
    const Result<ErrPacket> err = parse_err(payload);
    return err ? to_error(*err) : err.error();
  }
  if (header == kAuthMoreHeader) {
    const ByteView data = payload.subspan(1);
    if (state_ == State::AwaitingPublicKey) return send_encrypted(as_text(data), out);
    if (plugin_ == kCachingSha2Plugin) return continue_sha2(data, out);
  } else if (state_ == State::AwaitingVerdict) {
    if (header == kAuthSwitchHeader) return switch_plugin(payload, out);
    if (header == kOkHeader) {
      state_ = State::Done;
      return {};
    }
  }
  return make_error(ErrorKind::Malformed, "the server's answer to the login is unknown");
}

Result<void> ClientHandshake::switch_plugin(ByteView payload, Bytes& out) {
  const Result<AuthSwitch> request = parse_auth_switch(payload);
  if (!request) return request.error();
  if (request->plugin == kSha256Plugin) return answer_sha256(request->data, out);
  const std::optional<Bytes> answered = answer(request->plugin, request->data);
  if (!answered) return cannot_answer(request->plugin);
  plugin_ = request->plugin;
  if (const auto scramble = parse_scramble(request->data)) scramble_ = *scramble;
  // Where an empty answer would be no answer, the zero at its end says that there is no password.
  const bool zero = answered->empty() && plugin_ == kCachingSha2Plugin;
  send(zero ? Bytes{0} : *answered, out);
  return {};
}

// The password itself, over TLS or encrypted. Without this an account that does not exist would not
// be refused for what it is: MySQL asks for it by a plugin that it picks by the name.
Result<void> ClientHandshake::answer_sha256(ByteView data, Bytes& out) {
  constexpr std::uint8_t kSha256KeyRequest = 1;
  const Result<Scramble> scramble = parse_scramble(data);
  if (!scramble) return scramble.error();
  if (options_.has_password && !options_.password) return cannot_answer(kSha256Plugin);
  plugin_ = kSha256Plugin;
  scramble_ = *scramble;
  const bool plain = !options_.has_password || encrypted_ || options_.secure_transport;
  Bytes password;
  if (options_.has_password) password.assign(options_.password->begin(), options_.password->end());
  password.push_back(0);
  send(plain ? password : Bytes{kSha256KeyRequest}, out);
  if (!plain) state_ = State::AwaitingPublicKey;
  return {};
}

std::optional<Bytes> ClientHandshake::answer(std::string_view plugin, ByteView data) const {
  const Result<Scramble> scramble = parse_scramble(data);
  if (!scramble) return std::nullopt;
  if (plugin == kNativePasswordPlugin) {
    if (!options_.has_password) return Bytes();
    const Sha1 response = native_password_response(options_.password_sha1, *scramble);
    return Bytes(response.begin(), response.end());
  }
  if (plugin == kCachingSha2Plugin) {
    if (!options_.has_password) return Bytes();
    if (!options_.password) return std::nullopt;
    const Sha256 response = caching_sha2_response(*options_.password, *scramble);
    return Bytes(response.begin(), response.end());
  }
  if (plugin == kClientEd25519Plugin && data.size() >= kEd25519NonceSize) {
    if (!options_.has_password) return Bytes();
    if (!options_.password) return std::nullopt;
    const auto response = ed25519_response(*options_.password, data.first(kEd25519NonceSize));
    return Bytes(response.begin(), response.end());
  }
  return std::nullopt;
}

Error ClientHandshake::cannot_answer(std::string_view plugin) const {
  const bool known =
      plugin == kCachingSha2Plugin || plugin == kClientEd25519Plugin || plugin == kSha256Plugin;
  return make_error(
      ErrorKind::Unsupported,
      known ? fmt::format("account {} uses the authentication plugin {} at this server, which "
                          "takes the password itself; give it the same plugin at all servers",
                          options_.user, plugin)
            : fmt::format("account {} uses the authentication plugin {}; use {}, {} or {}",
                          options_.user, plugin, kNativePasswordPlugin, kCachingSha2Plugin,
                          kEd25519Plugin));
}

// The server has the password at hand and was convinced, or wants it itself.
Result<void> ClientHandshake::continue_sha2(ByteView data, Bytes& out) {
  if (data.size() != 1 || (data[0] != kFastAuthOk && data[0] != kFullAuth))
    return make_error(ErrorKind::Malformed, "the server's answer to the password is unknown");
  if (data[0] == kFastAuthOk) return {};
  if (!options_.password) return cannot_answer(plugin_);
  if (encrypted_ || options_.secure_transport) {
    Bytes password(options_.password->begin(), options_.password->end());
    password.push_back(0);
    send(password, out);
    return {};
  }
  send(Bytes{kPublicKeyRequest}, out);
  state_ = State::AwaitingPublicKey;
  return {};
}

Result<void> ClientHandshake::send_encrypted(std::string_view pem, Bytes& out) {
  Bytes password(options_.password->begin(), options_.password->end());
  password.push_back(0);
  const Bytes masked = mask_with_scramble(password, scramble_);
  const auto encrypted = options_.encrypt ? options_.encrypt(pem, masked) : std::nullopt;
  if (!encrypted)
    return make_error(ErrorKind::Unsupported,
                      fmt::format("the password of {} cannot be sent without TLS: the server's key "
                                  "is of no use",
                                  options_.user));
  send(*encrypted, out);
  state_ = State::AwaitingVerdict;
  return {};
}

}  // namespace understudy::protocol

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/handshake.h"
#include "protocol/packet.h"

namespace understudy::protocol {

enum class TlsUse : std::uint8_t {
  Never,
  IfOffered,
  Always,  // a server that does not offer it is not logged in to
};

struct ClientHandshakeOptions {
  std::string user;
  bool has_password = false;
  Sha1 password_sha1{};                 // enough for mysql_native_password
  std::optional<std::string> password;  // itself, for all other plugins, if it is known
  std::string schema;                   // empty: none
  Bytes attributes;                     // as HandshakeResponse::attributes
  std::uint32_t capabilities = 0;       // asked for beside those that every connection needs
  std::uint8_t collation = 45;
  TlsUse tls = TlsUse::Never;
  Compression compression = Compression::None;  // if the server offers it
  bool secure_transport = false;  // nobody can listen, even without TLS (a Unix socket)
  // Encrypts `bytes` with the RSA key in `pem` (OAEP), nothing if that is no such key; for
  // caching_sha2_password without TLS, which fails without it.
  std::function<std::optional<Bytes>(std::string_view pem, ByteView bytes)> encrypt;
};

// Logs in to a server, without I/O: bytes from the server in, bytes for it out. One use, one
// thread.
class ClientHandshake {
 public:
  explicit ClientHandshake(ClientHandshakeOptions options);

  // Takes bytes from the server and appends to `out` what has to be sent.
  // Errors: Malformed; Server with the server's own code (1045, 1049, 1040, …); Unsupported for an
  // authentication plugin that we cannot answer, or a server that lacks a capability we need.
  Result<void> feed(ByteView bytes, Bytes& out);

  // True when `out` asked for TLS: once it was sent, the caller puts TLS above the connection and
  // calls tls_started(). Nothing is fed in between.
  [[nodiscard]] bool wants_tls() const { return state_ == State::AwaitingTls; }
  void tls_started(Bytes& out);

  // True once the server has accepted.
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  [[nodiscard]] const Greeting& greeting() const { return greeting_; }
  // What the connection has negotiated.
  [[nodiscard]] std::uint32_t capabilities() const { return capabilities_; }

 private:
  enum class State : std::uint8_t {
    AwaitingGreeting,
    AwaitingTls,        // the caller's part
    AwaitingVerdict,    // OK, ERR, an authentication switch or more of one
    AwaitingPublicKey,  // which was asked for
    Done,
  };

  Result<void> take(const AssembledPacket& packet, Bytes& out);
  Result<void> answer_greeting(ByteView payload, Bytes& out);
  [[nodiscard]] HandshakeResponse response() const;
  void send_response(Bytes& out);
  Result<void> take_verdict(ByteView payload, Bytes& out);
  Result<void> answer_sha256(ByteView data, Bytes& out);
  Result<void> switch_plugin(ByteView payload, Bytes& out);
  Result<void> continue_sha2(ByteView data, Bytes& out);
  Result<void> send_encrypted(std::string_view pem, Bytes& out);
  void send(ByteView payload, Bytes& out);
  // What answers the scramble by a plugin; nothing if we cannot.
  [[nodiscard]] std::optional<Bytes> answer(std::string_view plugin, ByteView data) const;
  [[nodiscard]] Error cannot_answer(std::string_view plugin) const;

  const ClientHandshakeOptions options_;
  State state_ = State::AwaitingGreeting;
  PacketAssembler packets_{kHandshakeBytesMax};
  std::uint8_t sequence_ = 0;  // of our next packet
  Greeting greeting_;
  std::string plugin_;   // that we have answered by
  Scramble scramble_{};  // the last one
  bool encrypted_ = false;
  std::uint32_t capabilities_ = 0;
};

}  // namespace understudy::protocol

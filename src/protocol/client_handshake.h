#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/handshake.h"
#include "protocol/packet.h"

namespace understudy::protocol {

struct ClientHandshakeOptions {
  std::string user;
  bool has_password = false;
  Sha1 password_sha1{};
  std::string schema;              // empty: none
  std::uint32_t capabilities = 0;  // asked for beside those that every connection needs
  std::uint8_t collation = 45;
};

// Logs in to a server, without I/O: bytes from the server in, bytes for it out. One use, one
// thread.
class ClientHandshake {
 public:
  explicit ClientHandshake(ClientHandshakeOptions options);

  // Takes bytes from the server and appends to `out` what has to be sent.
  // Errors: Malformed; Server with the server's own code (1045, 1049, 1040, …); Unsupported for an
  // authentication plugin other than mysql_native_password, or a server that lacks a capability we
  // need.
  Result<void> feed(ByteView bytes, Bytes& out);

  // True once the server has accepted.
  [[nodiscard]] bool done() const { return state_ == State::Done; }
  [[nodiscard]] const Greeting& greeting() const { return greeting_; }
  // What the connection has negotiated.
  [[nodiscard]] std::uint32_t capabilities() const { return capabilities_; }

 private:
  enum class State : std::uint8_t {
    AwaitingGreeting,
    AwaitingVerdict,  // OK, ERR or an authentication switch
    Done,
  };

  Result<void> answer_greeting(ByteView payload, Bytes& out);
  Result<void> take_verdict(const AssembledPacket& packet, Bytes& out);
  [[nodiscard]] Bytes auth_response(const Scramble& scramble) const;

  const ClientHandshakeOptions options_;
  State state_ = State::AwaitingGreeting;
  PacketAssembler packets_{kHandshakeBytesMax};
  Greeting greeting_;
  std::uint32_t capabilities_ = 0;
};

}  // namespace understudy::protocol

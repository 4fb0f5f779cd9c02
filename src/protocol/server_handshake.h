#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/handshake.h"
#include "protocol/packet.h"

namespace understudy::protocol {

// Who a client says it is, and its proof.
struct ClientCredentials {
  std::string user;
  Bytes auth_response;  // to the greeting's scramble, by mysql_native_password
  std::string schema;   // empty: none
  std::uint32_t capabilities = 0;
  std::uint8_t collation = 0;
  std::uint8_t reply_sequence = 0;  // of the OK or ERR that answers the login
};

// A client's login, without I/O: bytes from the client in, bytes for it out. The caller gives the
// verdict. One use, one thread.
class ServerHandshake {
 public:
  // `greeting.capabilities` are those that we offer.
  explicit ServerHandshake(Greeting greeting);

  // The bytes to send first.
  [[nodiscard]] Bytes greeting() const;

  // Takes bytes from the client and appends to `out` what has to be sent (an authentication
  // switch). Credentials once the client has given them; then the verdict is up to the caller.
  // Errors: Malformed (1043, 1156), Exhausted, Unsupported; the client gets them as ERR with
  // reply_sequence().
  Result<std::optional<ClientCredentials>> feed(ByteView bytes, Bytes& out);

  // The sequence number of our next packet.
  [[nodiscard]] std::uint8_t reply_sequence() const { return reply_sequence_; }
  [[nodiscard]] const Scramble& scramble() const { return greeting_.scramble; }

 private:
  Result<std::optional<ClientCredentials>> take_response(ByteView payload, Bytes& out);

  const Greeting greeting_;
  PacketAssembler packets_{kHandshakeBytesMax};
  std::uint8_t reply_sequence_ = 1;
  bool switched_ = false;
  ClientCredentials credentials_;
};

}  // namespace understudy::protocol

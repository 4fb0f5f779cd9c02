#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/handshake.h"
#include "protocol/packet.h"

namespace understudy::protocol {

// Who a client says it is, and its first proof.
struct ClientCredentials {
  std::string user;
  std::string plugin;   // by which it answered the greeting's scramble; empty: it did not say
  Bytes auth_response;  // its answer
  std::string schema;   // empty: none
  Bytes attributes;     // see HandshakeResponse
  std::uint32_t capabilities = 0;
  std::uint8_t collation = 0;
  std::uint8_t zstd_level = kZstdLevelDefault;
};

// The packets of a client's login, without I/O: bytes from the client in, what they mean out. The
// caller decides: it asks on with send(), or ends the login with a packet of its own. One use, one
// thread.
class ServerHandshake {
 public:
  // What a client has sent.
  enum class Event : std::uint8_t {
    More,         // nothing whole yet
    TlsRequest,   // TLS begins with take_rest(), and what is fed next comes through it
    Credentials,  // see credentials()
    Answer,       // to what was sent, see answer()
  };

  // `greeting.capabilities` are those that we offer.
  explicit ServerHandshake(Greeting greeting);
  // Of a client that was greeted so and logs in anew (COM_CHANGE_USER): feed() gives its Answers.
  ServerHandshake(Greeting greeting, ClientCredentials credentials, std::uint8_t reply_sequence);

  // The bytes to send first.
  [[nodiscard]] Bytes greeting() const;

  // Takes bytes from the client, which lives in lockstep with us: it sends one packet and waits.
  // Errors: Malformed (1043, 1156), Exhausted, Unsupported; the client gets them as ERR with
  // reply_sequence().
  Result<Event> feed(ByteView bytes);

  // Of a TlsRequest: what came behind it.
  Bytes take_rest() { return packets_.take_rest(); }
  [[nodiscard]] const ClientCredentials& credentials() const { return credentials_; }
  // Lives until the next feed().
  [[nodiscard]] ByteView answer() const { return answer_; }

  // Appends `payload` as our next packet to `out`. The client answers it, unless `more` of ours
  // come first.
  void send(ByteView payload, Bytes& out, bool more = false);

  // The sequence number of our next packet.
  [[nodiscard]] std::uint8_t reply_sequence() const { return reply_sequence_; }
  [[nodiscard]] const Scramble& scramble() const { return greeting_.scramble; }

 private:
  Result<Event> take_response(ByteView payload);

  const Greeting greeting_;
  PacketAssembler packets_{kHandshakeBytesMax};
  std::uint8_t reply_sequence_ = 1;
  bool encrypted_ = false;
  bool introduced_ = false;  // the credentials have come
  ClientCredentials credentials_;
  ByteView answer_;
};

}  // namespace understudy::protocol

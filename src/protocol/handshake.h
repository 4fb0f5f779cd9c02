#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/inflater.h"
#include "protocol/native_password.h"

namespace understudy::protocol {

inline constexpr std::string_view kNativePasswordPlugin = "mysql_native_password";
inline constexpr std::size_t kHandshakeBytesMax = 64 * 1024;

// The first packet of a connection, version 10 (MariaDB: "Connection", initial handshake packet).
struct Greeting {
  std::string server_version;  // MariaDB prefixes "5.5.5-": servers compare it so
  std::uint32_t connection_id = 0;
  Scramble scramble{};
  std::uint32_t capabilities = 0;
  std::uint32_t extended = 0;  // MariaDB's own; none with kLongPassword
  std::uint8_t collation = 0;
  std::uint16_t status = 0;
  std::string plugin;
};

// Which of MariaDB's own capabilities we can pass on to clients of a server of this version; 0 if
// it is not MariaDB.
std::uint32_t extended_offer(std::string_view server_version);

// Error: Malformed; Server if the server sent an ERR instead (1040, 1129, …).
Result<Greeting> parse_greeting(ByteView payload);
void append_greeting_payload(Bytes& out, const Greeting& greeting);

// A client's answer to the greeting (HandshakeResponse41).
struct HandshakeResponse {
  std::uint32_t capabilities = 0;
  std::uint32_t extended = 0;  // MariaDB's own; none with kLongPassword
  std::uint32_t packet_bytes_max = 0;
  std::uint8_t collation = 0;
  std::string user;
  Bytes auth_response;
  std::string schema;  // empty: none
  std::string plugin;  // empty: the client did not say
  // Names and values in turn, as lenenc strings: what a client tells of itself.
  Bytes attributes;
  std::uint8_t zstd_level = kZstdLevelDefault;  // with kZstdCompression
};

// Appends a connect attribute.
void append_attribute(Bytes& out, std::string_view name, std::string_view value);

// What both sides have agreed on by their capabilities: zlib where both are possible, as servers
// have it.
Compression agreed_compression(std::uint32_t capabilities);

// A client that wants TLS first sends no more than the beginning of that.
bool is_tls_request(ByteView payload);
// `capabilities` with kSsl.
void append_tls_request_payload(Bytes& out, const HandshakeResponse& response);

// Errors: Malformed; Unsupported for TLS requests and clients older than 4.1.
Result<HandshakeResponse> parse_handshake_response(ByteView payload);
void append_handshake_response_payload(Bytes& out, const HandshakeResponse& response);

// COM_CHANGE_USER, from behind the command's byte: a login anew, of a client that has these
// capabilities; `collation` is what it had, if it does not name one that fits here. Error:
// Malformed.
Result<HandshakeResponse> parse_change_user(ByteView payload, std::uint32_t capabilities,
                                            std::uint8_t collation);

// "Use this plugin instead, with these data": a scramble and a zero, as a rule.
struct AuthSwitch {
  std::string plugin;
  Bytes data;
};
// Error: Malformed; Unsupported for an old-style request.
Result<AuthSwitch> parse_auth_switch(ByteView payload);
void append_auth_switch_payload(Bytes& out, std::string_view plugin, const Scramble& scramble);

// The scramble in the data of an authentication switch. Error: Malformed.
Result<Scramble> parse_scramble(ByteView data);

}  // namespace understudy::protocol

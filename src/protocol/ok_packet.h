#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "protocol/constants.h"

namespace understudy::protocol {

// An OK packet, or the one with header 0xfe that ends a result set under DEPRECATE_EOF. Views into
// its payload.
struct OkPacket {
  std::uint8_t header = 0;
  std::uint64_t affected_rows = 0;
  std::uint64_t last_insert_id = 0;
  std::uint16_t status = 0;
  std::uint16_t warnings = 0;
  std::string_view info;
  ByteView session_changes;  // for for_each_session_change; empty without CLIENT_SESSION_TRACK
};

// True for an EOF packet (a header, warnings, status), which ends a result in place of an OK packet
// where CLIENT_DEPRECATE_EOF was not negotiated.
inline bool is_eof(ByteView payload) {
  constexpr std::size_t kEofSize = 5;
  return payload.size() == kEofSize && payload[0] == kEofHeader;
}

// Decodes the payload of an OK packet that came over a connection with these capabilities. Error:
// Malformed.
Result<OkPacket> parse_ok(ByteView payload, std::uint32_t capabilities);

// Appends the payload of `ok` in the form for a peer with these capabilities: the session changes
// only where it tracks them.
void append_ok_payload(Bytes& out, const OkPacket& ok, std::uint32_t capabilities);

// What a server reports of a session (MariaDB: "OK_Packet", session state info).
class SessionChangeVisitor {
 public:
  virtual ~SessionChangeVisitor() = default;
  virtual void on_variable(std::string_view /*name*/, std::string_view /*value*/) {}
  virtual void on_schema(std::string_view /*schema*/) {}
  virtual void on_state_change() {}
  virtual void on_gtids(std::string_view /*gtids*/) {}  // MySQL
  virtual void on_transaction_characteristics(std::string_view /*statement*/) {}
  virtual void on_transaction_state(std::string_view /*state*/) {}
};

// Calls `visitor` for each change in OkPacket::session_changes; what is malformed, or of a kind
// unknown, is passed over.
void for_each_session_change(ByteView changes, SessionChangeVisitor& visitor);

// Copies those changes that a client which asked for nothing would get: the schema and the
// variables for which `keep` returns true. Not that any state has changed: few clients know that
// kind (measured: mysql2 3.11 reads past the packet).
void append_session_changes(Bytes& out, ByteView changes, bool (*keep)(std::string_view variable));

}  // namespace understudy::protocol

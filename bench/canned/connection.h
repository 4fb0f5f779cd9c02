#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "canned/answers.h"
#include "canned/binlog.h"
#include "protocol/server_handshake.h"

namespace understudy::bench {

// What all connections of the canned server share.
struct CannedState {
  CannedBinlog binlog;
  bool verbose = false;  // statements that are not known go to stderr
};

// One client's side of the canned server, without I/O: its bytes in, the bytes for it out. Any
// login is accepted.
class CannedConnection {
 public:
  CannedConnection(CannedState& state, std::uint32_t id);

  [[nodiscard]] Bytes greeting() const { return handshake_.greeting(); }
  // Takes bytes from the client and appends what answers them. False: close the connection.
  bool feed(ByteView bytes, Bytes& out);

  // For clients that have asked for the binary log and wait for more of it.
  [[nodiscard]] bool follows() const { return follows_; }
  // Appends what has been logged since the last call, or a heartbeat where one is due.
  void follow(Instant now, Bytes& out);
  // When follow() has a heartbeat to send if nothing is logged; nothing: the client wants none.
  [[nodiscard]] std::optional<Instant> heartbeat_due() const;

 private:
  bool log_in(ByteView bytes, Bytes& out);
  void prepare_answers();
  // Takes whole commands off the front of `bytes` and leaves the rest.
  bool take_commands(ByteView& bytes, Bytes& out);
  bool run(ByteView command, Bytes& out);
  void query(std::string_view statement, Bytes& out);
  void prepare(std::string_view statement, Bytes& out);
  void execute(ByteView command, Bytes& out);
  bool write(std::string_view statement, Bytes& out);
  void remember_settings(std::string_view statement);
  void dump(ByteView command, Bytes& out);
  void append_new(Bytes& out);

  CannedState& state_;
  protocol::ServerHandshake handshake_;
  bool logged_in_ = false;
  std::uint32_t capabilities_ = 0;
  Bytes rest_;  // of a command that is not whole yet
  Bytes ok_, text_row_, binary_row_;

  bool follows_ = false;
  std::string start_position_;   // @slave_connect_state
  Duration heartbeat_period_{};  // zero: none
  Instant sent_{};               // when something was last sent of the log
  std::uint8_t sequence_ = 0;    // of the next packet of the log
  std::size_t next_ = 0;         // transaction to send
};

}  // namespace understudy::bench

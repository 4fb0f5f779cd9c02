#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "protocol/client_handshake.h"

namespace understudy::bench {

struct LoadOptions {
  std::string host = "127.0.0.1";
  std::string from;  // the clients' own address; empty: the system's choice
  std::uint16_t port = 0;
  std::string user = "app";
  std::string password = "app";
  std::string schema;
  std::string table = "sbtest1";
  std::string comment;         // before the statement
  std::uint32_t ids = 10'000;  // chosen at random from 1 to this; 1: always the same
  std::uint32_t clients = 16;
  double warm_up = 0.5;  // seconds
  double seconds = 3;
  bool prepared = false;
  bool rest = false;
};

// One client, without I/O: logs in, prepares if it is to, then asks when it is told to.
class LoadClient {
 public:
  LoadClient(const LoadOptions& options, std::uint64_t seed);

  enum class Event : std::uint8_t {
    None,      // more bytes are needed
    Ready,     // logged in and prepared: ask() may be called
    Answered,  // the answer to ask() is complete
    Failed,    // it was an error
    Broken,    // this connection is of no more use; why() says why
  };
  // Takes bytes from the server; appends what has to be sent.
  Event feed(ByteView bytes, Bytes& out);
  void ask(Bytes& out);

  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  enum class State : std::uint8_t { LogIn, Prepare, Ask };

  Event log_in(ByteView bytes, Bytes& out);
  Event prepared(ByteView payload);
  // One packet of an answer.
  Event take(ByteView payload);
  Event broken(std::string why);

  const LoadOptions& options_;
  protocol::ClientHandshake handshake_;
  Random random_;
  State state_ = State::LogIn;
  bool deprecate_eof_ = false;
  std::string before_id_;  // the statement up to the id
  Bytes rest_;             // of a packet that is not whole yet
  std::uint32_t statement_id_ = 0;
  std::size_t definitions_ = 0;  // packets to come before the rows, or after PREPARE's first
  bool begun_ = false;           // the first packet of the answer has come
  std::string why_;
};

}  // namespace understudy::bench

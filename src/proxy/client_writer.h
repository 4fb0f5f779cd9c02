#pragma once

#include <cstdint>

#include "backend/command.h"
#include "base/result.h"
#include "net/stream.h"
#include "protocol/response_scanner.h"
#include "proxy/own_answers.h"

namespace understudy::proxy {

// Writes answers to a client in the form that it negotiated. A server's packets pass unchanged but
// for OK packets (what they say of the session is for us; the client gets what it would have got
// directly) and the ids of prepared statements. One thread; does not own the stream.
class ClientWriter {
 public:
  // `scratch` is for all writers of a thread; nothing stays in it.
  explicit ClientWriter(Bytes& scratch) : scratch_(scratch) {}

  void attach(net::Stream& stream, std::uint32_t client_capabilities) {
    stream_ = &stream;
    capabilities_ = client_capabilities;
  }

  // Passes on a part of a server's response; `server_capabilities` are those of the connection it
  // came from, `prepared` the statement that is being prepared, if one is.
  void pass(const protocol::ScanStep& step, std::uint32_t server_capabilities,
            const backend::PreparedStatement* prepared);

  // Answers of our own start with this sequence number: one after the client's last packet.
  void begin_answer(std::uint8_t sequence) { sequence_ = sequence; }
  void ok(std::uint16_t status);
  void eof(std::uint16_t status);
  void framed(ByteView answer) { stream_->write(answer); }
  [[nodiscard]] std::uint8_t sequence() const { return sequence_; }
  void error(const Error& error);
  void table(const TextTable& table, std::uint16_t status);

 private:
  void pass_ok(const protocol::ScanStep& step, std::uint32_t server_capabilities);
  void pass_eof(const protocol::ScanStep& step);
  Bytes& begin_packet();
  void end_packet(std::uint8_t sequence);

  Bytes& scratch_;
  net::Stream* stream_ = nullptr;
  std::uint32_t capabilities_ = 0;
  std::uint8_t sequence_ = 1;
};

}  // namespace understudy::proxy

#pragma once

#include <cstdint>
#include <memory>

#include "net/filtered_stream.h"
#include "protocol/compressed_frames.h"

namespace understudy::backend {

// Lets each answer to a compressed client be numbered from its command. Lives no longer than the
// stream.
class CompressedAnswers {
 public:
  virtual ~CompressedAnswers() = default;
  // What is written from here on answers the command that came last.
  virtual void begin() = 0;
};

struct CompressedClient {
  std::unique_ptr<net::Stream> stream;
  std::unique_ptr<CompressedAnswers> answers;
};

// Compresses a client's connection from here on: its login has been accepted, over TLS or not. As
// net::start_filter(). `method` is not None. A client that breaks the framing is told so by an ERR
// packet.
CompressedClient compress_client(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                 protocol::Compression method, int zstd_level,
                                 ByteView received = {});

// Lets the packets of a compressed server be numbered as those of any other. Lives no longer than
// the stream.
class AnswerNumbers {
 public:
  virtual ~AnswerNumbers() = default;
  // The packet that comes next is the first of an answer, and has this number.
  virtual void begin(std::uint8_t sequence) = 0;
};

struct CompressedServer {
  std::unique_ptr<net::Stream> stream;
  std::unique_ptr<AnswerNumbers> numbers;
};

// As compress_client(), for a connection on which we are the client.
CompressedServer compress_server(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                 protocol::Compression method);

}  // namespace understudy::backend

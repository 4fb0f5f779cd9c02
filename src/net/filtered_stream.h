#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "net/layered_stream.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::net {

// What bytes become on their way between a stream and the one above it.
class Filter {
 public:
  virtual ~Filter() = default;

  // Takes from the front of `in` what came from the peer, and gives a part of what it stands for,
  // which lies in `in` or in `room`. Empty: all of `in` was taken, and nothing is left to give.
  // Not called again after an error, which ends the stream.
  virtual Result<ByteView> decode(ByteView& in, std::span<std::uint8_t> room) = 0;
  // Appends what stands for `bytes`.
  virtual void encode(ByteView bytes, Bytes& out) = 0;
  // Appends, encoded, what tells the peer why the stream ends; nothing if there is no way to.
  virtual void say_goodbye(const Error& why, Bytes& out) = 0;
};

// A stream above another one, through a filter.
class FilteredStream : public LayeredStream {
 public:
  using LayeredStream::LayeredStream;

  // Encodes what was written in this batch, so that what is written next is encoded apart.
  virtual void encode_written() = 0;
};

// Takes a connected stream whose bytes are filtered from here on, and gives the one above it, which
// waits for set_handler() and start(), as a new stream does.
//
// What breaks the filter is told to the handler as the end of the connection, with the filter's
// error. `received`: bytes that came with the last plain ones.
std::unique_ptr<FilteredStream> start_filter(Loop& loop, std::unique_ptr<Stream> plain,
                                             std::unique_ptr<Filter> filter,
                                             ByteView received = {});

}  // namespace understudy::net

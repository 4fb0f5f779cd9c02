#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "net/accepted_socket.h"

namespace understudy::net {

class Loop;

// What a stream tells its owner. The owner may do anything to the stream inside a call, destroying
// it included.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  // Bytes from the peer, never empty. They are valid only during the call and are not offered
  // again.
  virtual void on_data(ByteView bytes) = 0;

  // The peer has closed or the connection broke (kind Lost). Comes once, after everything that
  // could be read (while reading is paused it may come before), and is the last call. Never comes
  // after close(). Output that was still buffered is dropped.
  virtual void on_closed(const Error& error) = 0;

  // Everything that write() had to buffer because the socket took no more has gone out.
  virtual void on_drained() {}
};

// What a TLS handshake has agreed on. Names as OpenSSL writes them on one line
// ("/C=DE/CN=client"), empty for a peer that showed no certificate.
struct TlsFacts {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  std::string subject;  // of the peer's certificate, which was verified
  std::string issuer;
};

// A connected byte stream of one loop; loop thread only. Destroying it closes it. No function here
// calls the handler from inside: handler calls come from the loop.
class Stream {
 public:
  virtual ~Stream() = default;

  // Replaces the handler, which is not owned. Without one (nullptr) nothing is read.
  virtual void set_handler(StreamHandler* handler) = 0;

  // Begins reading.
  virtual void start() = 0;

  // Sends, at the latest when the loop has handled the batch of events that it is at: small writes
  // go out together. Buffers without limit what the socket does not take:
  // the caller watches pending_write_bytes(). Never blocks. After the stream has closed it does
  // nothing; a failed send is reported by on_closed().
  virtual void write(ByteView bytes) = 0;
  // What the socket has not taken: on_drained() follows. What is still to be sent together (at
  // most 16 KiB) does not count.
  [[nodiscard]] virtual std::size_t pending_write_bytes() const = 0;

  // Between the two no on_data comes. Both may be called from inside on_data. Pausing lets the
  // kernel's buffers fill up and so slows the peer down.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  // Closes now and drops what the socket has not taken. No handler call comes any more.
  virtual void close() = 0;

  // Sends the buffered output and then says that nothing more comes; closed() is true once the
  // peer has closed too (closing earlier could take the last bytes away from it). No handler call
  // comes any more, and what the peer still sends is thrown away. The owner keeps the stream until
  // then, or gives up on the rest by destroying it: see close_in_background().
  virtual void close_after_flush() = 0;

  // Gives the connection away, to another loop for example (adopt() in net/listener.h): for this
  // stream it is as if close() had been called, the peer notices nothing. Only while it is not
  // closed; with output that the socket has not taken the connection is useless afterwards. What
  // the peer had sent and on_data() got does not come again.
  [[nodiscard]] virtual AcceptedSocket release() = 0;

  // True after close(), after on_closed(), and after close_after_flush() has finished.
  [[nodiscard]] virtual bool closed() const = 0;

  // "127.0.0.1:53422", or "unix:/path" (just "unix:" for a peer without a name).
  [[nodiscard]] virtual const std::string& peer_address() const = 0;

  // Of a stream over TLS whose handshake is over; nothing for others.
  [[nodiscard]] virtual std::optional<TlsFacts> tls() const { return std::nullopt; }
};

// Calls close_after_flush() and destroys `stream` once it has closed, at the latest after `limit`.
// For saying goodbye (an error packet) without keeping an owner around. The loop takes a look every
// 100 ms; what is left when the loop is destroyed is closed then.
void close_in_background(Loop& loop, std::unique_ptr<Stream> stream,
                         Duration limit = std::chrono::seconds(5));

}  // namespace understudy::net

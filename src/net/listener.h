#pragma once

#include <memory>
#include <string>

#include "base/address.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "net/accepted_socket.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::net {

// Makes the socket a stream of `loop`; call it on that loop's thread.
// Error: Exhausted if the loop cannot watch another descriptor.
Result<std::unique_ptr<Stream>> adopt(Loop& loop, AcceptedSocket socket);

// Accepts connections on one loop. Loop thread only; destroying it stops listening and removes the
// file of a Unix socket.
class Listener {
 public:
  virtual ~Listener() = default;

  // Where it listens, with the port that the system chose if 0 was asked for.
  [[nodiscard]] virtual const Address& local_address() const = 0;

  // Stops accepting. No call comes any more.
  virtual void close() = 0;
};

// Gets every accepted connection, or an error (Exhausted: no descriptors left; accepting goes on
// after a short pause). May destroy the listener.
using AcceptCallback = UniqueFunction<void(Result<AcceptedSocket>)>;

// Listens on `address`; port 0 takes a free one. A host name is resolved here, which may block. The
// file of a Unix socket on which nobody listens any more is replaced.
// Errors: Invalid, naming the address and what to do.
Result<std::unique_ptr<Listener>> listen(Loop& loop, const Address& address,
                                         AcceptCallback on_accept);

}  // namespace understudy::net

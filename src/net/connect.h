#pragma once

#include <memory>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "base/unique_function.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::net {

class ConnectOperation;

// A connect in progress. Destroying it or calling cancel() ends the attempt, and its function is
// not called any more. It may be destroyed inside its function. Loop thread only.
class ConnectHandle {
 public:
  ConnectHandle();
  explicit ConnectHandle(std::shared_ptr<ConnectOperation> operation);
  ~ConnectHandle();
  ConnectHandle(ConnectHandle&&) noexcept;
  ConnectHandle& operator=(ConnectHandle&&) noexcept;

  void cancel();

 private:
  std::shared_ptr<ConnectOperation> operation_;
};

using ConnectCallback = UniqueFunction<void(Result<std::unique_ptr<Stream>>)>;

// Resolves the host (on a helper thread, unless it is numeric), tries its addresses in turn, and
// calls `on_done` once, from the loop, never inside this call. The stream has TCP_NODELAY and
// keepalive on; it waits for set_handler() and start().
// Errors: Unreachable (the name does not resolve, refused, no route, no such socket), Timeout when
// `timeout` has passed, Exhausted (see adopt()); the message names the address.
[[nodiscard]] ConnectHandle connect(Loop& loop, const Address& address, Duration timeout,
                                    ConnectCallback on_done);

}  // namespace understudy::net

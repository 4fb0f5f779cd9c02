#pragma once

#include <sys/socket.h>

#include <memory>
#include <utility>

#include "base/assert.h"
#include "loop_driver.h"
#include "net/connect.h"
#include "net/listener.h"
#include "net/loop.h"

namespace understudy::test {

inline Address any_port() {
  return Address{.host = "127.0.0.1", .port = 0, .unix_path = {}};
}

// Two connected streams of one loop over a real TCP connection.
struct TcpPair {
  std::unique_ptr<net::Stream> client;
  std::unique_ptr<net::Stream> server;
};

inline TcpPair make_tcp_pair(net::Loop& loop, const Address& where = any_port()) {
  TcpPair pair;
  auto listener = net::listen(loop, where, [&](Result<net::AcceptedSocket> accepted) {
    pair.server = net::adopt(loop, std::move(*accepted)).value();
  });
  ASSERT(listener.ok());
  const auto handle = net::connect(
      loop, (*listener)->local_address(), std::chrono::seconds(10),
      [&](Result<std::unique_ptr<net::Stream>> result) { pair.client = std::move(*result); });
  ASSERT(run_until(loop, [&] { return pair.client && pair.server; }));
  return pair;
}

}  // namespace understudy::test

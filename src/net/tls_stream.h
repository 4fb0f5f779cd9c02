#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "net/loop.h"
#include "net/stream.h"
#include "net/tls_context.h"

namespace understudy::net {

// Takes a connected stream whose bytes are TLS from here on, and gives the one above it, which
// waits for set_handler() and start(), as a new stream does. Our side is that of the context.
//
// What is written goes out once the handshake has succeeded, and counts as pending until then. A
// handshake that fails is a connection that breaks: on_closed() says why. It has no deadline of
// its own. The plain stream's release() is of no use any more.
//
// `received`: bytes that came with the last plain ones; the peer may begin before we do. `host`:
// whose certificate it has to be, if the context checks names.
std::unique_ptr<Stream> start_tls(Loop& loop, std::unique_ptr<Stream> plain,
                                  const TlsContext& context, ByteView received = {},
                                  const std::string& host = {});

}  // namespace understudy::net

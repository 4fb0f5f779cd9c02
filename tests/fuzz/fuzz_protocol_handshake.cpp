// Any bytes are a peer's side of a login, and any payload may claim to be one of its packets.
#include <cstdint>
#include <cstdlib>

#include "protocol/client_handshake.h"
#include "protocol/constants.h"
#include "protocol/server_handshake.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

Greeting own_greeting() {
  Greeting greeting;
  greeting.server_version = "10.11.0-MariaDB";
  greeting.capabilities = kProtocol41 | kSecureConnection | kPluginAuth | kConnectWithDb;
  greeting.plugin = kNativePasswordPlugin;
  return greeting;
}

// What was read can be written, and then reads the same.
void check_greeting(ByteView payload) {
  const auto read = parse_greeting(payload);
  if (!read) return;
  Bytes written;
  append_greeting_payload(written, *read);
  const auto again = parse_greeting(written);
  if (!again || again->server_version != read->server_version) std::abort();
  if (again->scramble != read->scramble || again->capabilities != read->capabilities) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView bytes(data + 1, size - 1);
  const std::size_t cut = data[0] % (bytes.size() + 1);

  ServerHandshake server(own_greeting());
  Bytes out;
  const auto first = server.feed(bytes.first(cut), out);
  if (first.ok() && !*first) (void)server.feed(bytes.subspan(cut), out);

  ClientHandshakeOptions options;
  options.user = "app";
  options.has_password = true;
  ClientHandshake client(options);
  if (client.feed(bytes.first(cut), out).ok() && !client.done())
    (void)client.feed(bytes.subspan(cut), out);

  check_greeting(bytes);
  (void)parse_handshake_response(bytes);
  (void)parse_auth_switch(bytes);
  return 0;
}

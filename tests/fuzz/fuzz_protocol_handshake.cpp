// Any bytes are a peer's side of a login, and any payload may claim to be one of its packets.
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "protocol/client_handshake.h"
#include "protocol/constants.h"
#include "protocol/password_exchange.h"
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

// A client of ours against these bytes, in two pieces; it may ask for TLS on the way.
void run_client(ByteView first, ByteView second, TlsUse tls) {
  ClientHandshakeOptions options;
  options.user = "app";
  options.has_password = true;
  options.password = "secret";
  options.tls = tls;
  options.encrypt = [](std::string_view, ByteView bytes) {
    return Bytes(bytes.rbegin(), bytes.rend());
  };
  ClientHandshake client(options);
  Bytes out;
  if (!client.feed(first, out).ok()) return;
  if (client.wants_tls()) client.tls_started(out);
  if (!client.done()) (void)client.feed(second, out);
}

// What a server of ours makes of these bytes, as far as the client gets.
void run_server(ByteView first, ByteView second) {
  Greeting greeting = own_greeting();
  greeting.capabilities |= kSsl;
  ServerHandshake server(greeting);
  PasswordQuestion question;
  question.kind = PasswordKind::Ed25519;
  question.stored = "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI";
  question.public_key = "the key";
  question.decrypt = [](ByteView bytes) { return Bytes(bytes.begin(), bytes.end()); };
  PasswordExchange exchange(std::move(question));
  auto event = server.feed(first);
  for (int packets = 0; packets < 8 && event.ok(); ++packets) {
    Bytes payload, out;
    auto verdict = PasswordExchange::Verdict::Goes;
    if (*event == ServerHandshake::Event::TlsRequest) {
      (void)server.take_rest();
    } else if (*event == ServerHandshake::Event::Credentials) {
      verdict =
          exchange.begin(server.credentials().plugin, server.credentials().auth_response, payload);
    } else if (*event == ServerHandshake::Event::Answer) {
      verdict = exchange.feed(server.answer(), payload);
    }
    if (verdict == PasswordExchange::Verdict::Checks)
      verdict = exchange.checked(exchange.pending().run());
    if (verdict != PasswordExchange::Verdict::Goes) return;
    if (!payload.empty()) server.send(payload, out);
    event = server.feed(std::exchange(second, {}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView bytes(data + 1, size - 1);
  const std::size_t cut = data[0] % (bytes.size() + 1);
  run_server(bytes.first(cut), bytes.subspan(cut));
  for (const TlsUse tls : {TlsUse::Never, TlsUse::IfOffered, TlsUse::Always})
    run_client(bytes.first(cut), bytes.subspan(cut), tls);
  check_greeting(bytes);
  (void)parse_handshake_response(bytes);
  (void)parse_auth_switch(bytes);
  (void)parse_change_user(bytes, kPluginAuth, 45);
  (void)is_tls_request(bytes);
  return 0;
}

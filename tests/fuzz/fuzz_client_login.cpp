// A whole login: any bytes are a client's side of it. The first byte picks what the address offers,
// the second one the size of the pieces. With a third byte that is odd, the rest are payloads, each
// behind a byte with its length, which are framed and numbered as a client would.
//
// Only one account has a password that can be guessed: none.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "protocol/constants.h"
#include "proxy/client_login.h"

namespace {

using namespace understudy;
using namespace understudy::proxy;

constexpr std::string_view kOpen = "open";

backend::AccountTable make_accounts() {
  using backend::Account;
  return backend::AccountTable({
      Account{std::string(kOpen), "%", "mysql_native_password", ""},
      Account{"native", "%", "mysql_native_password", "*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9"},
      // Without the usual 5,000 rounds, which would make slow inputs.
      Account{"sha2", "%", "caching_sha2_password",
              "$A$000$abcdefghijklmnopqrst0123456789012345678901234567890123456789012"},
      Account{"curve", "%", "ed25519", "vubFBzIrapbfHct1/J72dnUryz5VS7lA6XHH8sIx4TI"},
      Account{"near", "localhost", "caching_sha2_password", ""},
      Account{"strict", "10.%", "mysql_native_password", "", false, backend::TlsNeed::Any},
      Account{"pam", "%", "pam", ""},
  });
}

LoginServices make_services() {
  LoginServices services;
  services.secrets = std::make_shared<backend::VerifiedSecrets>();
  services.key = std::make_shared<backend::PasswordKey>();
  services.key->prepare();
  return services;
}

ClientLogin::Options make_options(std::uint8_t flags) {
  ClientLogin::Options options;
  options.server_version = "5.5.5-10.11.6-MariaDB";
  options.client_id = 7;
  options.scramble.fill('s');
  options.tls_offered = (flags & 1) != 0;
  options.tls_required = (flags & 2) != 0;
  options.may_be_proxy = (flags & 4) != 0;
  options.compression = (flags & 8) != 0 ? protocol::kCompress | protocol::kZstdCompression : 0;
  return options;
}

class Conversation {
 public:
  explicit Conversation(std::uint8_t flags)
      : login_(services(), make_options(flags)),
        peer_{(flags & 16) != 0 ? "localhost" : "10.0.0.5", (flags & 16) != 0, std::nullopt} {}

  [[nodiscard]] std::uint8_t sequence() const { return login_.reply_sequence(); }

  // False once the login has ended.
  bool feed(ByteView bytes) {
    Bytes out;
    auto progress = login_.feed(bytes, peer_, &accounts(), out);
    while (progress.ok() && *progress == ClientLogin::Progress::Checks)
      progress = login_.checked(login_.pending().run(), peer_, out);
    if (!progress) return false;
    if (*progress == ClientLogin::Progress::StartTls) {
      peer_.tls = net::TlsFacts{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "", ""};
      (void)login_.take_rest();
    }
    if (*progress != ClientLogin::Progress::Accepted) return true;
    const backend::Login& made = *login_.verdict().login;
    if (made.has_password) std::abort();
    if (made.user != kOpen && made.user != "near" && made.user != "strict") std::abort();
    if (made.user == "near" && !peer_.local) std::abort();
    return false;
  }

 private:
  static const LoginServices& services() {
    static const LoginServices made = make_services();
    return made;
  }
  static const backend::AccountTable& accounts() {
    static const backend::AccountTable made = make_accounts();
    return made;
  }

  ClientLogin login_;
  ClientLogin::Peer peer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Conversation conversation(data[0]);
  const std::size_t piece = 1 + data[1];
  ByteView rest(data + 3, size - 3);
  if (data[2] % 2 == 0) {
    while (!rest.empty()) {
      const ByteView part = rest.first(std::min(piece, rest.size()));
      rest = rest.subspan(part.size());
      if (!conversation.feed(part)) return 0;
    }
    return 0;
  }
  std::uint8_t sequence = 1;
  while (!rest.empty()) {
    const std::size_t length = std::min<std::size_t>(rest[0], rest.size() - 1);
    Bytes framed;
    protocol::append_packet(framed, sequence, rest.subspan(1, length));
    rest = rest.subspan(1 + length);
    if (!conversation.feed(framed)) return 0;
    sequence = conversation.sequence();
  }
  return 0;
}

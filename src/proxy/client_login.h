#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/account_table.h"
#include "backend/login.h"
#include "backend/password_checker.h"
#include "backend/password_key.h"
#include "backend/verified_secrets.h"
#include "base/result.h"
#include "net/stream.h"
#include "protocol/password_exchange.h"
#include "protocol/server_handshake.h"

namespace understudy::proxy {

// What the logins of all clients share.
struct LoginServices {
  std::shared_ptr<backend::VerifiedSecrets> secrets;
  std::shared_ptr<backend::PasswordKey> key;
  std::shared_ptr<backend::PasswordChecker> checker;
  std::uint64_t decoy_salt = 0;  // see AccountTable::decoy()
  // Of the logins that are made, to the servers.
  std::shared_ptr<const net::TlsSource> tls;
  protocol::Compression compression = protocol::Compression::None;
};

// A client that has proved who it is.
struct LoginVerdict {
  std::shared_ptr<const backend::Login> login;
  std::uint32_t client_capabilities = 0;
  std::string schema;         // asked for at login, or empty
  std::uint8_t sequence = 0;  // of the packet that answers the login
  std::string source;         // the address that a PROXY header named, or empty
  std::uint8_t zstd_level = 0;
};

// Which of a client's capabilities change the form of responses, and so which connections can serve
// it.
std::uint32_t response_capabilities(std::uint32_t client_capabilities);

// The host of a client as accounts name it: the address without its port, "localhost" for a Unix
// socket.
std::string_view host_of(std::string_view peer_address);

// One client's login, without I/O: bytes from the client in, bytes for it and a verdict out. An
// unknown user, a wrong password and a host that may not log in are told apart neither by what is
// said (1045) nor by the work done. One use, one thread.
class ClientLogin {
 public:
  // Of the connection that the client has come by.
  struct Peer {
    std::string_view host;  // as accounts name it
    bool local = false;     // by a Unix socket
    std::optional<net::TlsFacts> tls;
  };
  struct Options {
    std::string server_version;
    std::uint32_t client_id = 0;
    protocol::Scramble scramble{};  // fresh random bytes without zeros
    bool tls_offered = false;
    bool tls_required = false;      // but by a Unix socket
    bool may_be_proxy = false;      // the peer may begin with a PROXY header
    std::uint32_t compression = 0;  // the capabilities that are offered beside the others
  };
  enum class Progress : std::uint8_t {
    Goes,
    StartTls,  // TLS begins with take_rest()
    Checks,    // the result of pending() goes to checked(); nothing is fed meanwhile
    Accepted,  // see verdict()
  };

  ClientLogin(const LoginServices& services, const Options& options);
  // Of a client that is logged in already and changes its user: begin() comes before feed().
  // `source`: LoginVerdict::source of the login before.
  ClientLogin(const LoginServices& services, const Options& options, std::string source,
              protocol::ClientCredentials credentials, std::uint8_t reply_sequence);

  [[nodiscard]] Bytes greeting() const { return handshake_.greeting(); }

  // As feed(), of a change of user.
  Result<Progress> begin(const Peer& peer, const backend::AccountTable* accounts, Bytes& out) {
    return introduce(client(peer), accounts, out);
  }

  // `accounts` is null as long as they are not known. Appends to `out` what has to be sent. Errors,
  // for the client as ERR with reply_sequence(): those of ServerHandshake; Server with code 1045,
  // 1251 (an account whose plugin we cannot ask for), 4151 (locked), 1862 (expired) or 3159 (TLS is
  // required); Invalid (1105) without accounts.
  Result<Progress> feed(ByteView bytes, const Peer& peer, const backend::AccountTable* accounts,
                        Bytes& out);

  [[nodiscard]] const protocol::PasswordCheck& pending() const { return exchange_->pending(); }
  // As feed().
  Result<Progress> checked(bool right, const Peer& peer, Bytes& out);

  [[nodiscard]] Bytes take_rest() { return handshake_.take_rest(); }
  [[nodiscard]] const LoginVerdict& verdict() const { return verdict_; }
  [[nodiscard]] std::uint8_t reply_sequence() const { return handshake_.reply_sequence(); }

 private:
  using Verdict = protocol::PasswordExchange::Verdict;

  // Takes a PROXY header off what came; false if that is all so far.
  Result<bool> take_header(ByteView& bytes);
  Result<Progress> take(ByteView bytes, const Peer& peer, const backend::AccountTable* accounts,
                        Bytes& out);
  Result<Progress> introduce(const Peer& peer, const backend::AccountTable* accounts, Bytes& out);
  Result<void> find_account(const Peer& peer, const backend::AccountTable* accounts);
  void ask(const Peer& peer);
  Result<Progress> conclude(Verdict verdict, ByteView payload, const Peer& peer, Bytes& out);
  Result<void> admit(const Peer& peer) const;
  void accept();
  [[nodiscard]] Error denied(const Peer& peer) const;
  // The peer, or who it says that it has connected for.
  [[nodiscard]] Peer client(const Peer& peer) const;

  const LoginServices& services_;
  const bool tls_required_;
  bool header_possible_;
  Bytes beginning_;     // what came, until it is clear whether it is a header
  std::string source_;  // the address in the header, if there was one
  protocol::ServerHandshake handshake_;
  backend::Account account_;  // whose password is asked for
  bool exists_ = false;       // else it stands in for one that does not
  bool with_password_ = false;
  std::optional<protocol::PasswordExchange> exchange_;
  LoginVerdict verdict_;
};

}  // namespace understudy::proxy

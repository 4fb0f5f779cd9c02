#include "proxy/client_login.h"

#include <fmt/format.h>

#include "backend/password_login.h"
#include "protocol/constants.h"
#include "protocol/proxy_header.h"

namespace understudy::proxy {
namespace {

using protocol::PasswordKind;

// What we can pass on beside TLS and compression. Not offered: MariaDB's metadata caching.
constexpr std::uint32_t kOffered =
    protocol::kFoundRows | protocol::kLongFlag | protocol::kConnectWithDb | protocol::kLocalFiles |
    protocol::kIgnoreSpace | protocol::kProtocol41 | protocol::kInteractive |
    protocol::kTransactions | protocol::kSecureConnection | protocol::kMultiStatements |
    protocol::kMultiResults | protocol::kPsMultiResults | protocol::kPluginAuth |
    protocol::kConnectAttributes | protocol::kPluginAuthLenenc | protocol::kSessionTrack |
    protocol::kDeprecateEof;

// More, with ours, would not fit into one login; no server keeps nearly as much.
constexpr std::size_t kAttributesMax = 60 * 1024;

// What a password that nobody has hashes to; checked when there is no account at all, so that the
// work is the same.
constexpr const char* kNobodysHash = "*0000000000000000000000000000000000000000";

protocol::Greeting make_greeting(const ClientLogin::Options& options) {
  protocol::Greeting greeting;
  greeting.server_version = options.server_version;
  greeting.connection_id = options.client_id;
  greeting.scramble = options.scramble;
  greeting.capabilities =
      kOffered | options.compression | (options.tls_offered ? protocol::kSsl : 0);
  greeting.extended = protocol::extended_offer(options.server_version);
  if (greeting.extended == 0) greeting.capabilities |= protocol::kLongPassword;
  greeting.collation = 45;  // utf8mb4_general_ci
  greeting.status = protocol::kStatusAutocommit;
  greeting.plugin = protocol::kNativePasswordPlugin;
  return greeting;
}

Error refusal(std::uint16_t code, const char* sqlstate, std::string message) {
  return make_error(ErrorKind::Server, code, sqlstate, std::move(message));
}

bool allows(const std::string& wanted, const std::string& shown) {
  return wanted.empty() || wanted == shown;
}

// Whether the connection is what REQUIRE of the account wants.
bool connection_suffices(const backend::Account& account, const std::optional<net::TlsFacts>& tls) {
  if (account.tls == backend::TlsNeed::None) return true;
  if (!tls) return false;
  if (account.tls == backend::TlsNeed::Any) return true;
  if (account.tls == backend::TlsNeed::Certificate) return !tls->subject.empty();
  return allows(account.tls_cipher, tls->cipher) && allows(account.tls_issuer, tls->issuer) &&
         allows(account.tls_subject, tls->subject);
}

}  // namespace

std::uint32_t response_capabilities(std::uint32_t client_capabilities) {
  return client_capabilities &
         (protocol::kDeprecateEof | protocol::kFoundRows | protocol::kMultiStatements |
          protocol::kPsMultiResults | protocol::kLocalFiles | protocol::kIgnoreSpace |
          protocol::kInteractive);
}

std::string_view host_of(std::string_view peer_address) {
  if (peer_address.starts_with("unix:")) return "localhost";
  std::string_view host = peer_address.substr(0, peer_address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

ClientLogin::ClientLogin(const LoginServices& services, const Options& options)
    : services_(services),
      tls_required_(options.tls_required),
      header_possible_(options.may_be_proxy),
      handshake_(make_greeting(options)) {}

ClientLogin::ClientLogin(const LoginServices& services, const Options& options, std::string source,
                         protocol::ClientCredentials credentials, std::uint8_t reply_sequence)
    : services_(services),
      tls_required_(options.tls_required),
      header_possible_(false),
      source_(std::move(source)),
      handshake_(make_greeting(options), std::move(credentials), reply_sequence) {}

Result<ClientLogin::Progress> ClientLogin::feed(ByteView bytes, const Peer& peer,
                                                const backend::AccountTable* accounts, Bytes& out) {
  if (header_possible_) {
    const Result<bool> goes_on = take_header(bytes);
    if (!goes_on) return goes_on.error();
    if (!*goes_on) return Progress::Goes;
  }
  return take(bytes, client(peer), accounts, out);
}

ClientLogin::Peer ClientLogin::client(const Peer& peer) const {
  return source_.empty() ? peer : Peer{source_, false, peer.tls};
}

Result<ClientLogin::Progress> ClientLogin::checked(bool right, const Peer& peer, Bytes& out) {
  return conclude(exchange_->checked(right), {}, client(peer), out);
}

Result<bool> ClientLogin::take_header(ByteView& bytes) {
  using State = protocol::ProxyHeader::State;
  append(beginning_, bytes);
  protocol::ProxyHeader header = protocol::parse_proxy_header(beginning_);
  if (header.state == State::More) return false;
  if (header.state == State::Broken)
    return make_error(ErrorKind::Malformed, 1043, "08S01", "Bad handshake: a broken PROXY header");
  header_possible_ = false;
  source_ = std::move(header.source);
  bytes = ByteView(beginning_).subspan(header.size);
  return !bytes.empty();
}

Result<ClientLogin::Progress> ClientLogin::take(ByteView bytes, const Peer& peer,
                                                const backend::AccountTable* accounts, Bytes& out) {
  using Event = protocol::ServerHandshake::Event;
  const auto event = handshake_.feed(bytes);
  if (!event) return event.error();
  if (*event == Event::More) return Progress::Goes;
  if (*event == Event::TlsRequest) return Progress::StartTls;
  Bytes payload;
  if (*event == Event::Answer) {
    with_password_ = with_password_ || handshake_.answer().size() > 1;
    const Verdict verdict = exchange_->feed(handshake_.answer(), payload);
    return conclude(verdict, payload, peer, out);
  }
  return introduce(peer, accounts, out);
}

// The client has said who it is.
Result<ClientLogin::Progress> ClientLogin::introduce(const Peer& peer,
                                                     const backend::AccountTable* accounts,
                                                     Bytes& out) {
  if (tls_required_ && !peer.tls && !peer.local)
    return refusal(
        3159, "HY000",
        "Connections using insecure transport are prohibited: this address requires TLS");
  if (const Result<void> found = find_account(peer, accounts); !found) return found.error();
  ask(peer);
  const protocol::ClientCredentials& credentials = handshake_.credentials();
  with_password_ = credentials.auth_response.size() > 1;
  Bytes payload;
  const Verdict verdict = exchange_->begin(credentials.plugin, credentials.auth_response, payload);
  return conclude(verdict, payload, peer, out);
}

Result<void> ClientLogin::find_account(const Peer& peer, const backend::AccountTable* accounts) {
  if (accounts == nullptr)
    return make_error(ErrorKind::Invalid, 1105, "08S01",
                      "understudy: the accounts are not known yet: no server has answered; see "
                      "understudy check");
  const std::string& user = handshake_.credentials().user;
  const backend::Account* account = accounts->find(user, peer.host);
  exists_ = account != nullptr;
  if (!exists_) account = accounts->decoy(user, services_.decoy_salt);
  if (account != nullptr)
    account_ = *account;
  else
    account_.auth_hash = kNobodysHash;
  if (protocol::password_kind(account_.plugin) != PasswordKind::Other) return {};
  return refusal(1251, "08004",
                 fmt::format("Account '{}'@'{}' uses the authentication plugin {}, which this "
                             "version cannot check; use mysql_native_password, "
                             "caching_sha2_password or ed25519",
                             account_.user, account_.host, account_.plugin));
}

void ClientLogin::ask(const Peer& peer) {
  protocol::PasswordQuestion question;
  question.kind = protocol::password_kind(account_.plugin);
  question.stored = account_.auth_hash;
  question.scramble = handshake_.scramble();
  question.secure = peer.tls.has_value() || peer.local;
  if (question.kind != PasswordKind::Native) {
    if (exists_) question.known = services_.secrets->find(account_);
    if (!question.secure) question.public_key = services_.key->pem();
    question.decrypt = [this](ByteView bytes) { return services_.key->decrypt(bytes); };
  }
  exchange_.emplace(std::move(question));
}

Result<ClientLogin::Progress> ClientLogin::conclude(Verdict verdict, ByteView payload,
                                                    const Peer& peer, Bytes& out) {
  if (verdict == Verdict::Checks) return Progress::Checks;
  if (verdict == Verdict::Refused) return denied(peer);
  if (verdict == Verdict::Goes) {
    handshake_.send(payload, out);
    return Progress::Goes;
  }
  if (const Result<void> admitted = admit(peer); !admitted) return admitted.error();
  if (!payload.empty()) handshake_.send(payload, out, true);
  accept();
  return Progress::Accepted;
}

// The password was right.
Result<void> ClientLogin::admit(const Peer& peer) const {
  if (!exists_ || !connection_suffices(account_, peer.tls)) return denied(peer);
  if (account_.locked) return refusal(4151, "HY000", "Access denied, this account is locked");
  if (account_.expired) return backend::password_expired();
  return {};
}

void ClientLogin::accept() {
  const protocol::ProvedPassword& proved = exchange_->proved();
  const protocol::ClientCredentials& credentials = handshake_.credentials();
  if (proved.password && !proved.empty) services_.secrets->keep(account_, *proved.password);
  auto login = std::make_shared<backend::Login>();
  login->user = credentials.user;
  login->has_password = !proved.empty;
  if (login->has_password) login->password_sha1 = proved.sha1;
  login->password = proved.password;
  login->capabilities = response_capabilities(credentials.capabilities);
  login->collation = credentials.collation;
  if (credentials.attributes.size() <= kAttributesMax)
    login->attributes.encoded = credentials.attributes;
  login->tls = services_.tls;
  login->compression = services_.compression;
  verdict_ = {
      std::move(login), credentials.capabilities, credentials.schema, handshake_.reply_sequence(),
      source_,          credentials.zstd_level};
}

Error ClientLogin::denied(const Peer& peer) const {
  return refusal(
      1045, "28000",
      fmt::format("Access denied for user '{}'@'{}' (using password: {})",
                  handshake_.credentials().user, peer.host, with_password_ ? "YES" : "NO"));
}

}  // namespace understudy::proxy

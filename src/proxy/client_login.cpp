#include "proxy/client_login.h"

#include <fmt/format.h>

#include "protocol/constants.h"
#include "protocol/native_password.h"

namespace understudy::proxy {
namespace {

// What we can pass on. Not offered: TLS, compression, LOCAL INFILE, MariaDB's metadata caching.
constexpr std::uint32_t kOffered =
    protocol::kLongPassword | protocol::kFoundRows | protocol::kLongFlag |
    protocol::kConnectWithDb | protocol::kIgnoreSpace | protocol::kProtocol41 |
    protocol::kInteractive | protocol::kTransactions | protocol::kSecureConnection |
    protocol::kMultiStatements | protocol::kMultiResults | protocol::kPsMultiResults |
    protocol::kPluginAuth | protocol::kConnectAttributes | protocol::kPluginAuthLenenc |
    protocol::kSessionTrack | protocol::kDeprecateEof;

// What a password that nobody has hashes to; checked when there is no account, so that the work is
// the same.
constexpr std::string_view kNobodysHash = "*0000000000000000000000000000000000000000";

Error refusal(std::uint16_t code, const char* sqlstate, std::string message) {
  return make_error(ErrorKind::Server, code, sqlstate, std::move(message));
}

Error access_denied(const protocol::ClientCredentials& credentials, std::string_view host) {
  return refusal(
      1045, "28000",
      fmt::format("Access denied for user '{}'@'{}' (using password: {})", credentials.user, host,
                  credentials.auth_response.empty() ? "NO" : "YES"));
}

}  // namespace

protocol::Greeting make_greeting(std::string_view server_version, std::uint32_t client_id,
                                 const protocol::Scramble& scramble) {
  protocol::Greeting greeting;
  greeting.server_version = server_version;
  greeting.connection_id = client_id;
  greeting.scramble = scramble;
  greeting.capabilities = kOffered;
  greeting.collation = 45;  // utf8mb4_general_ci
  greeting.status = protocol::kStatusAutocommit;
  greeting.plugin = protocol::kNativePasswordPlugin;
  return greeting;
}

std::uint32_t response_capabilities(std::uint32_t client_capabilities) {
  return client_capabilities &
         (protocol::kDeprecateEof | protocol::kFoundRows | protocol::kMultiStatements |
          protocol::kIgnoreSpace | protocol::kInteractive);
}

std::string_view host_of(std::string_view peer_address) {
  if (peer_address.starts_with("unix:")) return "localhost";
  std::string_view host = peer_address.substr(0, peer_address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

Result<LoginVerdict> check_account(const protocol::ClientCredentials& credentials,
                                   const protocol::Scramble& scramble,
                                   const backend::AccountTable& accounts,
                                   std::string_view client_host) {
  const backend::Account* const account = accounts.find(credentials.user, client_host);
  const bool supported = account == nullptr || account->plugin.empty() ||
                         account->plugin == protocol::kNativePasswordPlugin;
  const std::string_view hash =
      account != nullptr && supported ? std::string_view(account->auth_hash) : kNobodysHash;
  const auto password_sha1 =
      protocol::verify_native_password(credentials.auth_response, scramble, hash);
  if (!supported) {
    return refusal(1251, "08004",
                   fmt::format("Account '{}'@'{}' uses the authentication plugin {}, which this "
                               "version cannot check; use mysql_native_password",
                               account->user, account->host, account->plugin));
  }
  if (account == nullptr || !password_sha1) return access_denied(credentials, client_host);
  if (account->locked) return refusal(4151, "HY000", "Access denied, this account is locked");
  auto login = std::make_shared<backend::Login>();
  login->user = credentials.user;
  login->has_password = !account->auth_hash.empty();
  login->password_sha1 = *password_sha1;
  login->capabilities = response_capabilities(credentials.capabilities);
  login->collation = credentials.collation;
  return LoginVerdict{std::move(login), credentials.capabilities, credentials.schema,
                      credentials.reply_sequence};
}

}  // namespace understudy::proxy

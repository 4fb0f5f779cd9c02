#include "backend/password_login.h"

#include <fmt/format.h>

#include "protocol/stored_password.h"

namespace understudy::backend {
namespace {

// What a password that nobody has hashes to; checked when there is no account, so that the work is
// the same.
constexpr std::string_view kNobodysHash = "*0000000000000000000000000000000000000000";

}  // namespace

Result<std::shared_ptr<const Login>> check_password(const AccountTable& accounts,
                                                    std::string_view user,
                                                    std::string_view password,
                                                    std::string_view client_host,
                                                    std::shared_ptr<const net::TlsSource> tls) {
  const Account* const account = accounts.find(user, client_host);
  const Account* const asked = account != nullptr ? account : accounts.decoy(user, 0);
  const auto kind =
      asked != nullptr ? protocol::password_kind(asked->plugin) : protocol::PasswordKind::Native;
  const bool right = protocol::matches_stored(
      kind, asked != nullptr ? std::string_view(asked->auth_hash) : kNobodysHash, password);
  if (kind == protocol::PasswordKind::Other) {
    return make_error(ErrorKind::Unsupported,
                      fmt::format("the account uses the authentication plugin {}, which this "
                                  "version cannot check; use mysql_native_password",
                                  account->plugin));
  }
  if (account == nullptr || !right) {
    return make_error(ErrorKind::Server, 1045, "28000",
                      fmt::format("Access denied for user '{}'@'{}'", user, client_host));
  }
  if (account->locked)
    return make_error(ErrorKind::Server, 4151, "HY000", "Access denied, this account is locked");
  if (account->expired) return password_expired();
  return make_login(user, password, std::move(tls));
}

Error password_expired() {
  return make_error(ErrorKind::Server, 1862, "HY000",
                    "Your password has expired. To log in you must change it, at a server itself");
}

}  // namespace understudy::backend

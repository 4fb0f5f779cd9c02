#include "backend/password_login.h"

#include <fmt/format.h>

#include "protocol/handshake.h"
#include "protocol/native_password.h"

namespace understudy::backend {
namespace {

// What a password that nobody has hashes to; checked when there is no account, so that the work is
// the same.
constexpr std::string_view kNobodysHash = "*0000000000000000000000000000000000000000";

}  // namespace

Result<std::shared_ptr<const Login>> check_password(const AccountTable& accounts,
                                                    std::string_view user,
                                                    std::string_view password,
                                                    std::string_view client_host) {
  const Account* const account = accounts.find(user, client_host);
  const bool supported = account == nullptr || account->plugin.empty() ||
                         account->plugin == protocol::kNativePasswordPlugin;
  const std::string_view hash =
      account != nullptr && supported ? std::string_view(account->auth_hash) : kNobodysHash;
  // As if the client had answered a scramble: the comparison takes the same time for all.
  const protocol::Scramble scramble{};
  const protocol::Sha1 sha1 = protocol::password_sha1(password);
  const protocol::Sha1 response = protocol::native_password_response(sha1, scramble);
  const ByteView shown = password.empty() ? ByteView{} : ByteView(response);
  const bool right = protocol::verify_native_password(shown, scramble, hash).has_value();
  if (!supported) {
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
  return make_login(user, password);
}

}  // namespace understudy::backend

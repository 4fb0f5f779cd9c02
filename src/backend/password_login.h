#pragma once

#include <memory>
#include <string_view>

#include "backend/account_table.h"
#include "backend/login.h"
#include "base/result.h"

namespace understudy::backend {

// The login of who has shown the password itself, checked against the servers' accounts as a client
// of the proxy is; `tls` is for its connections. `client_host` as for AccountTable::find(). Errors:
// Server, 1045 (no such account, or a wrong password; which of the two is not said), 4151 (locked),
// 1862 (expired); Unsupported, for an account that is not checked by a password that is stored with
// it.
Result<std::shared_ptr<const Login>> check_password(
    const AccountTable& accounts, std::string_view user, std::string_view password,
    std::string_view client_host, std::shared_ptr<const net::TlsSource> tls = nullptr);

// The refusal of an account whose password has expired: a server would let it do nothing but change
// it.
Error password_expired();

}  // namespace understudy::backend

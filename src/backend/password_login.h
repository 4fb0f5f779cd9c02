#pragma once

#include <memory>
#include <string_view>

#include "backend/account_table.h"
#include "backend/login.h"
#include "base/result.h"

namespace understudy::backend {

// The login of who has shown the password itself, checked against the servers' accounts as a client
// of the proxy is. `client_host` as for AccountTable::find(). Errors: Server, 1045 (no such
// account, or a wrong password; which of the two is not said), 4151 (locked); Unsupported, for an
// account that is not checked with mysql_native_password.
Result<std::shared_ptr<const Login>> check_password(const AccountTable& accounts,
                                                    std::string_view user,
                                                    std::string_view password,
                                                    std::string_view client_host);

}  // namespace understudy::backend

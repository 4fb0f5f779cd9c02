#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::backend {

// One account of the servers, as their account table has it.
struct Account {
  std::string user;
  std::string host;    // pattern: '%' and '_' wildcards, "a.b.c.d/m.m.m.m", a name, or "localhost"
  std::string plugin;  // "mysql_native_password", …
  std::string auth_hash;  // as stored, e.g. "*HEX40"; empty for an empty password
  bool locked = false;
};

// The accounts at one moment. Immutable once shared; any thread may read it.
class AccountTable {
 public:
  explicit AccountTable(std::vector<Account> accounts);

  // The account that a server would choose for this user name and client address: the most specific
  // host pattern wins, a named user before the anonymous one. `client_host` is a numeric address,
  // or "localhost" for a Unix socket. Null if there is none.
  [[nodiscard]] const Account* find(std::string_view user, std::string_view client_host) const;

  [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }

 private:
  std::vector<Account> accounts_;  // most specific host first
};

// True if `client_host` matches the account host `pattern` (MariaDB: "Account Names", host name
// component).
bool host_matches(std::string_view pattern, std::string_view client_host);

}  // namespace understudy::backend

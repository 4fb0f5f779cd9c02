#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::backend {

// What an account asks of the connection that logs in (REQUIRE of CREATE USER).
enum class TlsNeed : std::uint8_t {
  None,
  Any,          // TLS
  Certificate,  // and a certificate that the authority has signed
  Specified,    // and those of these that are not empty: cipher, issuer, subject
};

// One account of the servers, as their account table has it.
struct Account {
  std::string user;
  std::string host;    // pattern: '%' and '_' wildcards, "a.b.c.d/m.m.m.m", a name, or "localhost"
  std::string plugin;  // "mysql_native_password", …
  std::string auth_hash;  // as stored, e.g. "*HEX40"; empty for an empty password
  bool locked = false;
  TlsNeed tls = TlsNeed::None;
  std::string tls_cipher = {};
  std::string tls_issuer = {};
  std::string tls_subject = {};
  bool expired = false;  // its password has to be changed first

  friend bool operator==(const Account&, const Account&) = default;
};

// The accounts at one moment. Immutable once shared; any thread may read it.
class AccountTable {
 public:
  explicit AccountTable(std::vector<Account> accounts);

  // The account that a server would choose for this user name and client address: the most specific
  // host pattern wins, a named user before the anonymous one. `client_host` is a numeric address,
  // or "localhost" for a Unix socket. Null if there is none.
  [[nodiscard]] const Account* find(std::string_view user, std::string_view client_host) const;

  // The account in whose way a user is asked who has none, so that he cannot tell; the same one
  // each time, unless accounts come and go. `salt` is for others to be unable to foresee it. Null
  // if no account can be asked for a password.
  [[nodiscard]] const Account* decoy(std::string_view user, std::uint64_t salt) const;

  [[nodiscard]] const std::vector<Account>& accounts() const { return accounts_; }

 private:
  std::vector<Account> accounts_;  // most specific host first
};

// True if `client_host` matches the account host `pattern` (MariaDB: "Account Names", host name
// component).
bool host_matches(std::string_view pattern, std::string_view client_host);

}  // namespace understudy::backend

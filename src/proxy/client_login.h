#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/account_table.h"
#include "backend/login.h"
#include "base/result.h"
#include "protocol/server_handshake.h"

namespace understudy::proxy {

// A client that has proved who it is.
struct LoginVerdict {
  std::shared_ptr<const backend::Login> login;
  std::uint32_t client_capabilities = 0;
  std::string schema;         // asked for at login, or empty
  std::uint8_t sequence = 0;  // of the packet that answers the login
};

// What the greeting to a client says. `scramble` is fresh random bytes without zeros.
protocol::Greeting make_greeting(std::string_view server_version, std::uint32_t client_id,
                                 const protocol::Scramble& scramble);

// Which of a client's capabilities change the form of responses, and so which connections can serve
// it.
std::uint32_t response_capabilities(std::uint32_t client_capabilities);

// The host of a client as accounts name it: the address without its port, "localhost" for a Unix
// socket.
std::string_view host_of(std::string_view peer_address);

// Checks a client's proof against the accounts of the servers. An unknown user, a wrong password
// and a host that may not log in are told apart neither by what is said (1045) nor by the work
// done. Errors: Server with code 1045, 1251 (an account whose plugin we cannot check) or 4151
// (locked).
Result<LoginVerdict> check_account(const protocol::ClientCredentials& credentials,
                                   const protocol::Scramble& scramble,
                                   const backend::AccountTable& accounts,
                                   std::string_view client_host);

}  // namespace understudy::proxy

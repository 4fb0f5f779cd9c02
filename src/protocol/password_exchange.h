#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/native_password.h"
#include "protocol/stored_password.h"

namespace understudy::protocol {

// What a client's password is checked against, and with.
struct PasswordQuestion {
  PasswordKind kind = PasswordKind::Native;
  std::string stored;                // as the servers have it
  std::optional<std::string> known;  // the password, if it was shown to us before
  Scramble scramble{};
  // Nobody can listen: what the client sends may be the password itself.
  bool secure = false;
  // For a password over an insecure connection: the key in PEM, and what decrypts with it (nothing
  // for bytes that were not encrypted with it). Without a key such a login is refused.
  std::string_view public_key;
  std::function<std::optional<Bytes>(ByteView)> decrypt;
};

// A password that a client has shown, to be compared with what is stored. That may take
// milliseconds; any thread can do it.
struct PasswordCheck {
  PasswordKind kind = PasswordKind::Native;
  std::string stored;
  std::string password;

  [[nodiscard]] bool run() const { return matches_stored(kind, stored, password); }
};

// What a client has proved to know: enough to log in to the servers in its name.
struct ProvedPassword {
  bool empty = false;
  Sha1 sha1{};                          // of the password
  std::optional<std::string> password;  // itself, unless mysql_native_password was asked for
};

// The conversation in which a client proves its password, without I/O: payloads in, payloads out.
// Accounts of MariaDB's ed25519 are asked in the way of caching_sha2_password: a proxy that has
// seen no more than a signature could not log in to a server, and nearly all clients know that
// plugin, which asks for the password itself over secure connections only. Any bytes are accepted.
class PasswordExchange {
 public:
  enum class Verdict : std::uint8_t {
    Goes,     // the client's answer to `out` is fed next
    Checks,   // the result of pending() goes to checked()
    Proved,   // see proved(); what is in `out` is sent before the OK
    Refused,  // a wrong password, or no way to ask for it
  };

  explicit PasswordExchange(PasswordQuestion question) : question_(std::move(question)) {}

  // The plugin by which this kind of account is asked.
  [[nodiscard]] std::string_view plugin() const;

  // With what the client sent unasked: its answer by the plugin of its choice. `out` gets the
  // payload to send; empty: none.
  Verdict begin(std::string_view client_plugin, ByteView response, Bytes& out);
  Verdict feed(ByteView answer, Bytes& out);

  [[nodiscard]] const PasswordCheck& pending() const { return pending_; }
  Verdict checked(bool right) { return right ? prove(pending_.password) : Verdict::Refused; }

  [[nodiscard]] const ProvedPassword& proved() const { return proved_; }

 private:
  enum class State : std::uint8_t {
    AwaitingResponse,   // to the scramble
    AwaitingPassword,   // itself, or the request for the key
    AwaitingEncrypted,  // the password, with the key that was sent
  };

  Verdict take_response(ByteView response, Bytes& out);
  Verdict take_native(ByteView response);
  Verdict take_sha2(ByteView response, Bytes& out);
  Verdict take_password(ByteView answer, Bytes& out);
  Verdict take_encrypted(ByteView answer);
  Verdict check(ByteView with_zero);
  Verdict prove(std::string password);

  const PasswordQuestion question_;
  State state_ = State::AwaitingResponse;
  PasswordCheck pending_;
  ProvedPassword proved_;
};

}  // namespace understudy::protocol

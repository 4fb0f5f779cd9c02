#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace understudy {

// What a statement or a transaction failed with. what() is one line for a person.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(const std::string& message, std::string server, std::uint16_t code,
                std::string sqlstate, bool maybe_executed, bool retry_safe)
      : std::runtime_error(message),
        server_(std::move(server)),
        code_(code),
        sqlstate_(std::move(sqlstate)),
        maybe_executed_(maybe_executed),
        retry_safe_(retry_safe) {}

  // The name of the server on which it happened; empty if none was reached.
  [[nodiscard]] const std::string& server() const { return server_; }
  // The server's error number; 2013 for a lost connection, 1105 for no server, 0 if there is none.
  [[nodiscard]] std::uint16_t code() const { return code_; }
  // Five characters, or empty.
  [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
  // True if it may have taken effect all the same: the connection was lost before the answer came.
  [[nodiscard]] bool maybe_executed() const { return maybe_executed_; }
  // True if nothing took effect and the same call may succeed later (a deadlock, no server now).
  [[nodiscard]] bool retry_safe() const { return retry_safe_; }

 private:
  std::string server_;
  std::uint16_t code_;
  std::string sqlstate_;
  bool maybe_executed_;
  bool retry_safe_;
};

// A configuration file or ClusterOptions that cannot be used; what() says what to write instead.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace understudy

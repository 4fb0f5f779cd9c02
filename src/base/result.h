#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace understudy {

// What went wrong, as far as the caller's next step depends on it.
enum class ErrorKind : std::uint8_t {
  Invalid,      // the user's input: configuration, arguments, SQL options
  Malformed,    // bytes from the network that break the protocol
  Unreachable,  // no connection could be made: nothing was sent
  Lost,         // an established connection broke
  Timeout,      // a deadline passed
  Server,       // a server answered with an ERR packet; `code` and `sqlstate` are its own
  Exhausted,    // one of our limits was reached
  Unsupported,  // understood, but not offered
  Cancelled,    // given up because its owner went away or we are stopping
};

// Where an error was made; for logs. (clang 14, which tidy and the fuzz targets run on, has no
// std::source_location with GCC 12's library.)
struct SourceLocation {
  const char* file = "";
  int line = 0;

  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          int line = __builtin_LINE()) {
    return {file, line};
  }
};

// An expected failure. `message` is one line for a person: what is wrong and what to do.
struct Error {
  ErrorKind kind = ErrorKind::Invalid;
  std::uint16_t code = 0;     // server or client error number, 0 if there is none
  std::string sqlstate = {};  // five characters, or empty
  std::string message = {};
  bool maybe_executed = false;  // the server may have run the statement
  SourceLocation where = SourceLocation::current();

  // True if the connection on which this happened can be used for another command.
  [[nodiscard]] bool connection_usable() const {
    return kind == ErrorKind::Server || kind == ErrorKind::Invalid ||
           kind == ErrorKind::Unsupported;
  }
};

inline Error make_error(ErrorKind kind, std::string message,
                        SourceLocation where = SourceLocation::current()) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  error.where = where;
  return error;
}

// One with a code and SQLSTATE that clients know.
inline Error make_error(ErrorKind kind, std::uint16_t code, std::string sqlstate,
                        std::string message, SourceLocation where = SourceLocation::current()) {
  Error error = make_error(kind, std::move(message), where);
  error.code = code;
  error.sqlstate = std::move(sqlstate);
  return error;
}

// A value or an Error. Reading the wrong side is a programming error and ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & {
    ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& {
    ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] Error&& error() && {
    ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    ASSERT(failed_);
    return error_;
  }

 private:
  bool failed_ = false;
  Error error_;
};

}  // namespace understudy

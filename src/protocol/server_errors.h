#pragma once

#include <cstdint>

namespace understudy::protocol {

inline constexpr std::uint16_t kErrorTooManyConnections = 1040;
inline constexpr std::uint16_t kErrorAccessDenied = 1045;
// MariaDB, for an account that has no password or does not exist.
inline constexpr std::uint16_t kErrorAccessDeniedNoPassword = 1698;
inline constexpr std::uint16_t kErrorServerShutdown = 1053;
inline constexpr std::uint16_t kErrorUnknownThread = 1094;
inline constexpr std::uint16_t kErrorNotOwnerOfThread = 1095;
inline constexpr std::uint16_t kErrorLockWaitTimeout = 1205;
inline constexpr std::uint16_t kErrorDeadlock = 1213;
inline constexpr std::uint16_t kErrorParse = 1064;
// What is asked for is not in the log, or not what came behind it.
inline constexpr std::uint16_t kErrorReadingBinlog = 1236;
inline constexpr std::uint16_t kErrorOptionPreventsStatement = 1290;
inline constexpr std::uint16_t kErrorQueryInterrupted = 1317;
inline constexpr std::uint16_t kErrorReadOnlyTransaction = 1792;
inline constexpr std::uint16_t kErrorConnectionKilled = 1927;

// What a server's error code says of the connection and of the statement.
struct ServerErrorTraits {
  bool connection_usable = true;  // another command may follow on the connection
  bool nothing_executed =
      false;                // the statement, and its transaction if it had one, took no effect
  bool retry_safe = false;  // the same statement may succeed if it is run again
};

// True for an error of a statement inside a transaction that surely leaves the transaction open,
// with all that it did before: the statement alone was refused or rolled back.
bool leaves_transaction_open(std::uint16_t code);

// Traits of an error code; a code outside the table leaves the connection usable and says nothing
// else.
ServerErrorTraits server_error_traits(std::uint16_t code);

}  // namespace understudy::protocol

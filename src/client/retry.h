#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "understudy/error.h"

// What is run again by itself, and when. Pure.
namespace understudy::client {

// True if the statement that failed with this left nothing behind; `read` says that it could not
// anyway.
bool nothing_took_effect(const Error& error, bool read);

// True if the connection or the server went away under the statement.
bool connection_lost(const Error& error);

// True if the server rolled the whole transaction back to resolve a deadlock.
bool deadlock(const Error& error);

// True if a statement outside a transaction is run again by itself. What waited in vain for a
// server or a connection is not: it has waited as long as was configured.
bool worth_repeating(const Error& error, bool read);

// The pause before attempt number `attempt` + 1: doubles from kFirstPause to kLongestPause, and of
// each the second half is random, so that rivals do not meet again.
inline constexpr Duration kFirstPause = std::chrono::milliseconds(5);
inline constexpr Duration kLongestPause = std::chrono::milliseconds(500);
Duration pause_after(std::uint32_t attempt, Random& random);

// The exception for an error that happened on `server` (empty: none was reached).
DatabaseError to_exception(const Error& error, const std::string& server, bool read);

}  // namespace understudy::client

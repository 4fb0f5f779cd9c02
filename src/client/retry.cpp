#include "client/retry.h"

#include <algorithm>

#include "protocol/server_errors.h"

namespace understudy::client {
bool connection_lost(const Error& error) {
  if (error.kind == ErrorKind::Server) {
    return error.code != 0 && !protocol::server_error_traits(error.code).connection_usable;
  }
  return error.kind == ErrorKind::Lost || error.kind == ErrorKind::Malformed;
}

bool deadlock(const Error& error) {
  return error.kind == ErrorKind::Server && error.code == protocol::kErrorDeadlock;
}

bool nothing_took_effect(const Error& error, bool read) {
  if (read) return true;
  if (error.kind == ErrorKind::Malformed) return false;
  return !error.maybe_executed;
}

bool worth_repeating(const Error& error, bool read) {
  if (deadlock(error)) return true;
  return connection_lost(error) && nothing_took_effect(error, read) &&
         (read || error.kind == ErrorKind::Lost);
}

Duration pause_after(std::uint32_t attempt, Random& random) {
  const std::uint32_t doublings = std::min(attempt == 0 ? 0 : attempt - 1, 16u);
  const Duration pause = std::min(kFirstPause * (1u << doublings), kLongestPause);
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  return pause / 2 + Duration(static_cast<Duration::rep>(random.below(half + 1)));
}

DatabaseError to_exception(const Error& error, const std::string& server, bool read) {
  const bool safe = nothing_took_effect(error, read);
  const bool may_pass = error.kind != ErrorKind::Server || deadlock(error) ||
                        error.code == protocol::kErrorLockWaitTimeout || connection_lost(error) ||
                        error.code == protocol::kErrorTooManyConnections;
  const bool named = server.empty() || error.message.find(server) != std::string::npos;
  return DatabaseError(named ? error.message : "server " + server + ": " + error.message, server,
                       error.code, error.sqlstate, !safe, safe && may_pass);
}

}  // namespace understudy::client

#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "base/time.h"

namespace understudy::admin {

struct AdminReply {
  unsigned status = 0;  // HTTP status code
  std::string body;
};

// One blocking HTTP request to a running Understudy, for the command line.
// `method` is "GET" or "POST", `target` for example "/api/status".
// Errors: Unreachable, Timeout, Lost, Malformed (no HTTP answer). A reply with a status of 400 or
// more is no error here.
Result<AdminReply> admin_request(const Address& address, std::string_view method,
                                 std::string_view target, std::string_view body = {},
                                 Duration timeout = std::chrono::seconds(10));

// Like admin_request(), but turns a reply of 400 or more into an error with the server's own words
// (kind Invalid), and returns the body.
Result<std::string> admin_call(const Address& address, std::string_view method,
                               std::string_view target, std::string_view body = {},
                               Duration timeout = std::chrono::seconds(10));

// The target for an `action` on a server: "drain", "resume" or "rejoin".
std::string server_target(std::string_view server, std::string_view action);

// GET /api/status as a few lines for a person: the cluster, then a table of its servers.
// Error: Malformed if `json` is not such a status.
Result<std::string> status_table(std::string_view json);

// GET /api/events as the timeline of the last change of primary, a line for each step; empty if
// there was none. Error: Malformed.
Result<std::string> timeline_text(std::string_view json);

}  // namespace understudy::admin

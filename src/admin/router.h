#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/admin_api.h"
#include "base/unique_function.h"

namespace understudy::admin {

struct HttpRequest {
  std::string_view method;
  std::string_view target;  // path and query, percent-encoded
  std::string_view host;    // the Host header
  std::string_view origin;  // the Origin header, which only browsers send; empty without one
  std::string_view body;
  std::string_view authorization;  // the headers; empty without them
  std::string_view last_event_id;
  std::string_view peer_address;
};

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;         // for the Allow header of a 405; else empty
  bool wants_login = false;  // a 401 that asks for a user and a password
  // No answer from here: the connection is handed over.
  UniqueFunction<void(net::AcceptedSocket)> take_over;
  // No body: instead the events after this one, as they happen (server-sent events).
  std::optional<std::uint64_t> events_after;
};

using Reply = UniqueFunction<void(HttpAnswer)>;

// Answers one request; see admin_server.h for the paths. `reply` is called once: before this
// returns, or for changes of the primary later, on the same loop. Views of `request` have to live
// until this returns.
void answer(AdminApi& api, const HttpRequest& request, Reply reply);

// The body of every error: {"error": "..."}.
HttpAnswer error_answer(unsigned status, std::string_view message);

}  // namespace understudy::admin

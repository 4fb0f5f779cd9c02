#pragma once

#include <string>
#include <string_view>

#include "admin/admin_api.h"

namespace understudy::admin {

struct HttpRequest {
  std::string_view method;
  std::string_view target;  // path and query, percent-encoded
  std::string_view host;    // the Host header
  std::string_view origin;  // the Origin header, which only browsers send; empty without one
};

struct HttpAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;  // for the Allow header of a 405; else empty
};

// Answers one request; see admin_server.h for the paths.
HttpAnswer answer(AdminApi& api, const HttpRequest& request);

// The body of every error: {"error": "..."}.
HttpAnswer error_answer(unsigned status, std::string_view message);

}  // namespace understudy::admin

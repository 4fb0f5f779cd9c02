#include "admin/router.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "admin/metrics_text.h"
#include "admin/status_json.h"

namespace understudy::admin {
namespace {

constexpr std::string_view kServers = "/api/servers/";

HttpAnswer json_answer(unsigned status, const nlohmann::ordered_json& body) {
  HttpAnswer result;
  result.status = status;
  result.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return result;
}

// Decodes %XX; nothing if the text is not well formed.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    unsigned value = 0;
    const char* const begin = text.data() + i + 1;
    if (std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) return std::nullopt;
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

HttpAnswer ready_answer(const AdminApi& api) {
  const std::optional<std::string> reason = api.not_ready();
  if (!reason) return json_answer(200, {{"ready", true}});
  return json_answer(503, {{"ready", false}, {"error", *reason}});
}

// GET paths; nothing if the path is none.
std::optional<HttpAnswer> get_answer(const AdminApi& api, std::string_view path) {
  if (path == "/api/status") {
    HttpAnswer result;
    result.body = status_json(api.status());
    return result;
  }
  if (path == "/healthz") return json_answer(200, {{"healthy", true}});
  if (path == "/readyz") return ready_answer(api);
  if (path == "/metrics") {
    HttpAnswer result;
    result.content_type = "text/plain; version=0.0.4; charset=utf-8";
    result.body = metrics_text(api);
    return result;
  }
  return std::nullopt;
}

struct ServerAction {
  std::string server;
  bool drain = false;
};

// "/api/servers/NAME/drain" or ".../resume".
std::optional<ServerAction> parse_server_action(std::string_view path) {
  if (!path.starts_with(kServers)) return std::nullopt;
  path.remove_prefix(kServers.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view action = path.substr(slash + 1);
  if (action != "drain" && action != "resume") return std::nullopt;
  std::optional<std::string> name = percent_decoded(path.substr(0, slash));
  if (!name) return std::nullopt;
  return ServerAction{std::move(*name), action == "drain"};
}

HttpAnswer server_answer(AdminApi& api, const ServerAction& action) {
  const Result<void> done = action.drain ? api.drain(action.server) : api.resume(action.server);
  if (done.ok()) return json_answer(200, {{"server", action.server}, {"drained", action.drain}});
  const unsigned status = done.error().kind == ErrorKind::Invalid ? 404 : 500;
  return error_answer(status, done.error().message);
}

HttpAnswer wrong_method(std::string_view path, std::string_view allow) {
  HttpAnswer result = error_answer(405, fmt::format("{} is asked for with {}", path, allow));
  result.allow = allow;
  return result;
}

// A page of another site that the user has open in a browser must not drain servers.
bool from_foreign_page(const HttpRequest& request) {
  return !request.origin.empty() && request.origin != fmt::format("http://{}", request.host);
}

}  // namespace

HttpAnswer error_answer(unsigned status, std::string_view message) {
  return json_answer(status, {{"error", message}});
}

HttpAnswer answer(AdminApi& api, const HttpRequest& request) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (auto result = get_answer(api, path)) {
    if (request.method != "GET" && request.method != "HEAD") return wrong_method(path, "GET");
    return std::move(*result);
  }
  if (const auto action = parse_server_action(path)) {
    if (request.method != "POST") return wrong_method(path, "POST");
    if (from_foreign_page(request))
      return error_answer(403, "requests from pages of other sites are refused");
    return server_answer(api, *action);
  }
  return error_answer(404, fmt::format("nothing is at {}", path));
}

}  // namespace understudy::admin

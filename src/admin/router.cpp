#include "admin/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

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

HttpAnswer text_answer(std::string body) {
  HttpAnswer result;
  result.body = std::move(body);
  return result;
}

// The number after "KEY=" in a query; nothing if it is not there, or no number.
std::optional<std::uint64_t> query_number(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (!part.starts_with(key) || part.substr(key.size()).substr(0, 1) != "=") continue;
    const std::string_view digits = part.substr(key.size() + 1);
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    if (!digits.empty() && std::from_chars(digits.data(), end, number).ptr == end) return number;
  }
  return std::nullopt;
}

HttpAnswer events_answer(const AdminApi& api, std::string_view query) {
  const std::uint64_t after = query_number(query, "after").value_or(0);
  if (query_number(query, "follow").value_or(0) == 0)
    return text_answer(events_json(api.events(after)));
  HttpAnswer result;
  result.content_type = "text/event-stream";
  result.events_after = after;
  return result;
}

// GET paths; nothing if the path is none.
std::optional<HttpAnswer> get_answer(const AdminApi& api, std::string_view path,
                                     std::string_view query) {
  if (path == "/api/status") return text_answer(status_json(api.status()));
  if (path == "/api/events") return events_answer(api, query);
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
  std::string_view action;
};

// "/api/servers/NAME/drain", ".../resume" or ".../rejoin".
std::optional<ServerAction> parse_server_action(std::string_view path) {
  if (!path.starts_with(kServers)) return std::nullopt;
  path.remove_prefix(kServers.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view action = path.substr(slash + 1);
  if (action != "drain" && action != "resume" && action != "rejoin") return std::nullopt;
  std::optional<std::string> name = percent_decoded(path.substr(0, slash));
  if (!name) return std::nullopt;
  return ServerAction{std::move(*name), action};
}

bool is_server(const AdminApi& api, std::string_view name) {
  const Status status = api.status();
  return std::ranges::find(status.servers, name, &ServerStatus::name) != status.servers.end();
}

HttpAnswer no_server(std::string_view name) {
  return error_answer(404, fmt::format("there is no server named {}; see status", name));
}

HttpAnswer server_answer(AdminApi& api, const ServerAction& asked) {
  if (!is_server(api, asked.server)) return no_server(asked.server);
  Result<void> done;
  if (asked.action == "drain") done = api.drain(asked.server);
  if (asked.action == "resume") done = api.resume(asked.server);
  if (asked.action == "rejoin") done = api.rejoin(asked.server);
  if (!done.ok()) return error_answer(409, done.error().message);
  nlohmann::ordered_json body = {{"server", asked.server}};
  if (asked.action != "rejoin") body["drained"] = asked.action == "drain";
  return json_answer(200, body);
}

AdminApi::ChangeDone answer_change(Reply reply) {
  return [reply = std::move(reply)](Result<LastChange> change) mutable {
    reply(change.ok() ? text_answer(change_text(*change))
                      : error_answer(409, change.error().message));
  };
}

// The "to" of {"to": "db2"}; empty without one. Error: Malformed.
Result<std::string> switchover_target(std::string_view body) {
  if (body.empty()) return std::string();
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return make_error(ErrorKind::Malformed, "the body is no JSON object");
  const auto to = json.find("to");
  if (to == json.end() || to->is_null()) return std::string();
  if (!to->is_string()) return make_error(ErrorKind::Malformed, "\"to\" is no server's name");
  return to->get<std::string>();
}

void switch_over(AdminApi& api, std::string_view body, Reply reply) {
  const Result<std::string> to = switchover_target(body);
  if (!to.ok()) return reply(error_answer(400, to.error().message));
  if (!to->empty() && !is_server(api, *to)) return reply(no_server(*to));
  api.switch_over(*to, answer_change(std::move(reply)));
}

// POST paths.
void post_answer(AdminApi& api, const HttpRequest& request, std::string_view path, Reply reply) {
  if (path == "/api/switchover") return switch_over(api, request.body, std::move(reply));
  if (path == "/api/failover") return api.fail_over(answer_change(std::move(reply)));
  reply(server_answer(api, *parse_server_action(path)));
}

bool is_post_path(std::string_view path) {
  return path == "/api/switchover" || path == "/api/failover" || parse_server_action(path);
}

HttpAnswer wrong_method(std::string_view path, std::string_view allow) {
  HttpAnswer result = error_answer(405, fmt::format("{} is asked for with {}", path, allow));
  result.allow = allow;
  return result;
}

// A page of another site that the user has open in a browser must not change the cluster.
bool from_foreign_page(const HttpRequest& request) {
  return !request.origin.empty() && request.origin != fmt::format("http://{}", request.host);
}

HttpAnswer changes_answer(AdminApi& api, const HttpRequest& request, std::string_view query) {
  if (request.method != "GET") return wrong_method("/api/changes", "GET");
  if (from_foreign_page(request))
    return error_answer(403, "requests from pages of other sites are refused");
  ChangesAnswer changes =
      api.changes({query, request.last_event_id, request.authorization, request.peer_address});
  HttpAnswer result;
  if (!changes.take_over) result = error_answer(changes.status, changes.message);
  result.take_over = std::move(changes.take_over);
  result.wants_login = changes.status == 401;
  return result;
}

}  // namespace

HttpAnswer error_answer(unsigned status, std::string_view message) {
  return json_answer(status, {{"error", message}});
}

void answer(AdminApi& api, const HttpRequest& request, Reply reply) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string_view query =
      request.target.substr(std::min(request.target.size(), path.size() + 1));
  if (path == "/api/changes") return reply(changes_answer(api, request, query));
  if (auto result = get_answer(api, path, query)) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    return reply(reads ? std::move(*result) : wrong_method(path, "GET"));
  }
  if (is_post_path(path)) {
    if (request.method != "POST") return reply(wrong_method(path, "POST"));
    if (from_foreign_page(request))
      return reply(error_answer(403, "requests from pages of other sites are refused"));
    return post_answer(api, request, path, std::move(reply));
  }
  reply(error_answer(404, fmt::format("nothing is at {}", path)));
}

}  // namespace understudy::admin

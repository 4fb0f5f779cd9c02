#include "admin/status_json.h"

#include <fmt/chrono.h>

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

namespace understudy::admin {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json server_json(const ServerStatus& server) {
  Json json = {
      {"name", server.name},
      {"address", server.address},
      {"role", server.role},
      {"health", server.health},
      {"lag_ms", or_null(server.lag_ms)},
      {"position", server.position},
      {"connections", {{"used", server.connections_used}, {"idle", server.connections_idle}}},
      {"queries", {{"read", server.queries_read}, {"write", server.queries_write}}}};
  if (!server.reason.empty()) json["reason"] = server.reason;
  return json;
}

Json change_json(const LastChange& change) {
  Json json = {{"kind", change.kind}, {"done", change.succeeded}, {"ms", change.ms}};
  if (change.succeeded) json["primary"] = change.primary;
  if (!change.succeeded) json["reason"] = change.reason;
  return json;
}

Json failover_json(const Status& status) {
  Json json = {{"state", status.failover_state},
               {"diagnosis", status.diagnosis},
               {"semi_sync", status.semi_sync}};
  if (!status.evidence.empty()) json["evidence"] = status.evidence;
  if (!status.blocked.empty()) json["blocked"] = status.blocked;
  json["last"] = status.last_change ? change_json(*status.last_change) : Json(nullptr);
  return json;
}

// Numbers are strings in an event; the few fields that count something are numbers here.
Json field_json(const std::string& key, const std::string& value) {
  const bool number = key == "epoch" || key == "ms" || key.ends_with("_ms");
  double parsed = 0;
  const char* const end = value.data() + value.size();
  if (!number || std::from_chars(value.data(), end, parsed).ptr != end) return value;
  return value.find('.') == std::string::npos ? Json(static_cast<std::int64_t>(parsed))
                                              : Json(parsed);
}

Json event_json(const EventInfo& event) {
  using std::chrono::milliseconds;
  const auto since_1970 = std::chrono::floor<milliseconds>(event.time.time_since_epoch());
  Json json = {{"id", event.id},
               {"time", fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(event.time),
                                    (since_1970 % 1000).count())},
               {"event", event.name}};
  for (const auto& [key, value] : event.fields)
    json[key] = field_json(key, value);
  return json;
}

std::string text(const Json& json) {
  // Reasons may quote a server's message, which need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string change_text(const LastChange& change) {
  return text(change_json(change));
}

std::string event_text(const EventInfo& event) {
  return text(event_json(event));
}

std::string events_json(const std::vector<EventInfo>& events) {
  Json json = Json::array();
  for (const EventInfo& event : events)
    json.push_back(event_json(event));
  return text(json);
}

std::string status_json(const Status& status) {
  Json json = {{"cluster", status.cluster},
               {"epoch", status.epoch},
               {"primary", or_null(status.primary)},
               {"failover", failover_json(status)},
               {"clients", status.clients},
               {"pinned", Json::object()},
               {"servers", Json::array()}};
  if (!status.primary) json["no_primary_reason"] = status.no_primary_reason;
  for (const auto& [reason, count] : status.pinned)
    json["pinned"][reason] = count;
  for (const ServerStatus& server : status.servers)
    json["servers"].push_back(server_json(server));
  return text(json);
}

}  // namespace understudy::admin

#include "admin/status_json.h"

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

}  // namespace

std::string status_json(const Status& status) {
  Json json = {{"cluster", status.cluster},
               {"epoch", status.epoch},
               {"primary", or_null(status.primary)},
               {"failover", {{"state", status.failover_state}, {"last", nullptr}}},
               {"clients", status.clients},
               {"pinned", Json::object()},
               {"servers", Json::array()}};
  if (!status.primary) json["no_primary_reason"] = status.no_primary_reason;
  for (const auto& [reason, count] : status.pinned)
    json["pinned"][reason] = count;
  for (const ServerStatus& server : status.servers)
    json["servers"].push_back(server_json(server));
  // Reasons may quote a server's message, which need not be UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace understudy::admin

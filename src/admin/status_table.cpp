#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admin/admin_client.h"

namespace understudy::admin {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::array<std::string, 8>;

std::string lag_text(const Json& lag) {
  return lag.is_null() ? "-" : fmt::format("{} ms", lag.get<std::int64_t>());
}

Row server_row(const Json& server) {
  const Json& connections = server.at("connections");
  const Json& queries = server.at("queries");
  std::string health = server.at("health").get<std::string>();
  if (server.contains("reason"))
    health += fmt::format(" ({})", server["reason"].get<std::string>());
  return {server.at("name").get<std::string>(),
          server.at("address").get<std::string>(),
          server.at("role").get<std::string>(),
          std::move(health),
          lag_text(server.at("lag_ms")),
          fmt::format("{}+{}", connections.at("used").get<std::uint64_t>(),
                      connections.at("idle").get<std::uint64_t>()),
          fmt::format("{}", queries.at("read").get<std::uint64_t>()),
          fmt::format("{}", queries.at("write").get<std::uint64_t>())};
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string head_line(const Json& status) {
  const Json& primary = status.at("primary");
  std::string line =
      fmt::format("cluster {}, epoch {}, {}, {} clients", status.at("cluster").get<std::string>(),
                  status.at("epoch").get<std::uint64_t>(),
                  primary.is_null()
                      ? fmt::format("no primary ({})", status.value("no_primary_reason", "unknown"))
                      : fmt::format("primary {}", primary.get<std::string>()),
                  status.at("clients").get<std::uint64_t>());
  for (const auto& [reason, count] : status.at("pinned").items())
    line += fmt::format(", {} pinned by {}", count.get<std::uint64_t>(), reason);
  line += "\n";
  const Json& failover = status.at("failover");
  const std::string state = failover.value("state", "idle");
  if (state != "idle") line += fmt::format("{} under way", state);
  if (failover.contains("blocked"))
    line += fmt::format(", but it waits: {}", failover["blocked"].get<std::string>());
  if (state != "idle") line += "\n";
  if (failover.value("semi_sync", "") == "degraded")
    line += "semi-sync has degraded: what the primary commits may be lost with it\n";
  return line;
}

// Whether an event of that name begins, or ends, a change of primary.
bool begins_change(const std::string& name) {
  return name == "failover_started" || name == "switchover_started";
}

bool ends_change(const std::string& name) {
  return name.starts_with("failover_") || name.starts_with("switchover_")
             ? name.ends_with("_done") || name.ends_with("_failed")
             : false;
}

std::string timeline_line(const Json& event) {
  std::string line = fmt::format(
      "{:>9}  {}", event.contains("ms") ? fmt::format("{:.1f} ms", event["ms"].get<double>()) : "",
      event.at("event").get<std::string>());
  for (const auto& [key, value] : event.items()) {
    if (key == "id" || key == "time" || key == "event" || key == "ms") continue;
    line += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return line + "\n";
}

}  // namespace

Result<std::string> timeline_text(std::string_view json) {
  try {
    const Json events = Json::parse(json);
    std::string text;
    bool open = false;
    for (const Json& event : events) {
      const std::string name = event.at("event").get<std::string>();
      if (begins_change(name)) {
        text = fmt::format("last change of primary, at {}:\n", event.at("time").get<std::string>());
        open = true;
      }
      if (open) text += timeline_line(event);
      if (ends_change(name)) open = false;
    }
    return text;
  } catch (const Json::exception& error) {
    return make_error(ErrorKind::Malformed,
                      fmt::format("these are no events of Understudy: {}", error.what()));
  }
}

Result<std::string> status_table(std::string_view json) {
  try {
    const Json status = Json::parse(json);
    std::vector<Row> rows = {
        {"NAME", "ADDRESS", "ROLE", "HEALTH", "LAG", "CONNECTIONS", "READS", "WRITES"}};
    for (const Json& server : status.at("servers"))
      rows.push_back(server_row(server));
    return head_line(status) + table(rows);
  } catch (const Json::exception& error) {
    return make_error(ErrorKind::Malformed,
                      fmt::format("this is no status of Understudy: {}", error.what()));
  }
}

}  // namespace understudy::admin

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "admin/admin_client.h"

namespace understudy::admin {
namespace {

using Json = nlohmann::json;
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
  return line + "\n";
}

}  // namespace

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

#include "proxy/own_answers.h"

#include <fmt/format.h>

#include "backend/settings.h"
#include "config/parse.h"
#include "config/units.h"

namespace understudy::proxy {
namespace {

Error wrong_value(std::string message) {
  return make_error(ErrorKind::Invalid, 1231, "42000", std::move(message));
}

Result<void> set_consistency(std::string_view value, backend::Session& session) {
  const auto consistency = config::parse_consistency(value);
  if (!consistency) {
    return wrong_value(
        fmt::format("@understudy_consistency cannot be '{}'; write eventual, "
                    "bounded, session or strong",
                    value));
  }
  session.set_consistency(backend::to_sql(*consistency));
  return {};
}

Result<void> set_max_lag(std::string_view value, backend::Session& session) {
  const auto max_lag = config::parse_duration(value);
  if (!max_lag) {
    return wrong_value(fmt::format(
        "@understudy_max_lag cannot be '{}'; write a number with a unit, as 500ms or 5s", value));
  }
  session.set_max_lag(*max_lag);
  return {};
}

}  // namespace

Result<void> apply_own_setting(const sql::Classification& statement, backend::Session& session) {
  switch (statement.own) {
    case sql::OwnStatement::SetConsistency:
      return set_consistency(statement.own_value, session);
    case sql::OwnStatement::SetMaxLag:
      return set_max_lag(statement.own_value, session);
    case sql::OwnStatement::SetToken:
      if (Result<void> set = session.set_seen(statement.own_value); !set) {
        return wrong_value(set.error().message);
      }
      return {};
    default:
      return {};
  }
}

TextTable token_table(std::string token) {
  return {{"@understudy_token"}, {{std::move(token)}}};
}

TextTable status_table(const replication::Topology& topology) {
  TextTable table{{"server", "address", "role", "health", "lag_ms", "position", "reason"}, {}};
  for (const replication::ServerView& server : topology.servers) {
    table.rows.push_back({server.name, to_string(server.address),
                          std::string(replication::to_text(server.role)),
                          std::string(replication::to_text(server.health)),
                          server.lag ? std::to_string(to_ms(*server.lag)) : "",
                          replication::to_string(server.position), server.reason});
  }
  return table;
}

TextTable route_table(const backend::Session& session) {
  return {{"server", "reason"},
          {{session.last_route().server, std::string(session.last_route().reason)}}};
}

Error unknown_hint(std::string_view word) {
  return make_error(
      ErrorKind::Invalid, 1231, "42000",
      fmt::format(
          "understudy: the hint '{}' is not known; write eventual, bounded(500ms), session, "
          "strong, tag(name), server(name), cache or nocache",
          word));
}

}  // namespace understudy::proxy

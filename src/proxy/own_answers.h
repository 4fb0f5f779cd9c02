#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/session.h"
#include "base/result.h"
#include "replication/topology.h"
#include "sql/statement.h"

namespace understudy::proxy {

// A small result of our own, all of text.
struct TextTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// Carries out SET @understudy_token, @understudy_consistency or @understudy_max_lag.
// Errors: Invalid (1231) that says what may be written instead.
Result<void> apply_own_setting(const sql::Classification& statement, backend::Session& session);

// SELECT @understudy_token
TextTable token_table(std::string token);
// SHOW UNDERSTUDY STATUS: a row for each server.
TextTable status_table(const replication::Topology& topology);
// SHOW UNDERSTUDY ROUTE: where the session's last statement went, and why.
TextTable route_table(const backend::Session& session);

// The error of a hint that is not understood.
Error unknown_hint(std::string_view word);

}  // namespace understudy::proxy

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

// What a KILL asks for. Views into its text.
struct KillStatement {
  bool query_only = false;          // KILL QUERY: the statement, not the connection
  bool own = false;                 // the connection that asks: CONNECTION_ID()
  std::optional<std::uint64_t> id;  // of a connection
  std::string_view user;            // KILL USER: everything of this user; empty where `id` or `own`
  std::string_view host;            // of that; empty: any
};

// Reads a text that is one KILL. Nothing if it names its target by an expression, or a query by the
// number that one server has given it (KILL QUERY ID). Source: MariaDB "KILL".
std::optional<KillStatement> parse_kill(std::string_view text, const Modes& modes);

}  // namespace understudy::sql

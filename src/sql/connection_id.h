#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

// A query that asks for the connection's id and reads no table, with `id` in place of each
// CONNECTION_ID(): a client of a proxy knows another id than the server. Its columns keep their
// names. Nothing for any other text: where the id meets what the server tells of its connections
// (processlist, IS_USED_LOCK(), …) it has to be the server's own.
std::optional<std::string> with_connection_id(std::string_view text, const Classification& what,
                                              const Modes& modes, std::uint32_t id);

}  // namespace understudy::sql

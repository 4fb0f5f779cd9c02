#pragma once

#include <optional>
#include <string_view>

#include "sql/statement.h"

namespace understudy::sql {

// Of a text that is one SHOW PROCESSLIST: whether it is SHOW FULL PROCESSLIST, which shows whole
// statements. Nothing for any other text.
std::optional<bool> parse_show_processlist(std::string_view text, const Modes& modes);

}  // namespace understudy::sql

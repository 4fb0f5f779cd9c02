#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/statement.h"

// What `understudy explain` reads and writes.
namespace understudy::app {

// A line of its standard input with \n, \t, \xHH and \\ resolved; any other backslash stands for
// itself. Nothing if \x is not followed by two hexadecimal digits.
std::optional<std::string> unescape(std::string_view line);

// {"class": …, "reason": …, "tables": […], "writes": …} in one line.
std::string explain_json(const sql::Classification& statement);
// The same for a person.
std::string explain_text(const sql::Classification& statement);

}  // namespace understudy::app

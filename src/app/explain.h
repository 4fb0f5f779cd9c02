#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/key_pin.h"
#include "sql/statement.h"

// What `understudy explain` reads and writes.
namespace understudy::app {

// A line of its standard input with \n, \t, \xHH and \\ resolved; any other backslash stands for
// itself. Nothing if \x is not followed by two hexadecimal digits.
std::optional<std::string> unescape(std::string_view line);

// {"class": …, "reason": …, "tables": […], "writes": …, "cacheable": …, "cache_reason": …} in one
// line. `pins` is what the same text pins.
std::string explain_json(const sql::Classification& statement, const sql::KeyPins& pins);
// The same for a person.
std::string explain_text(const sql::Classification& statement, const sql::KeyPins& pins);

}  // namespace understudy::app

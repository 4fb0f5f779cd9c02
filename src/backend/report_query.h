#pragma once

#include <string>

#include "backend/command.h"
#include "backend/server_connection.h"

namespace understudy::backend {

// A statement that changes nothing, and has the server report what `command` did to the session
// without a word: which collation came with a character set, the LAST_INSERT_ID() behind a result
// set, which variables of a list are set although the statement failed. Empty if nothing is in
// doubt. Pure.
std::string report_query(const Command& command, bool failed, const ServerReport& report);

}  // namespace understudy::backend

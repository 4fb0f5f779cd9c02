#pragma once

#include "base/result.h"

namespace understudy::control {

// True if the server said that the account may not read the table, or that there is no such table
// or column; false if it could not be asked.
bool is_refusal(const Error& error);

// The HTTP status for it: 403, 404, 400; 503 if nobody could be asked.
unsigned refusal_status(const Error& error);

}  // namespace understudy::control

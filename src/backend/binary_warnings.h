#pragma once

#include "base/bytes.h"

namespace understudy::backend {

// An answer to SHOW WARNINGS in the form for a prepared statement, whose rows are binary. Pure.
Bytes binary_warnings(ByteView answer);

}  // namespace understudy::backend

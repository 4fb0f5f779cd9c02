#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace understudy::replication {

// Levels of arrays and objects in each other; servers allow 100.
inline constexpr std::size_t kJsonDepthMax = 128;

// Appends a document in MySQL's binary form as the text that the server shows for it: spaces behind
// commas and colons, members in the order of their stored names. What JSON does not know is a
// string: dates and times ("2026-11-26 10:00:00.000000"), and "base64:typeN:…" for other types.
// Source: MySQL, sql-common/json_binary.h. Error: Malformed; `out` then holds a part.
Result<void> append_json(ByteView document, std::string& out);

// A string with quotes and escapes. `text` may be any bytes; what is not UTF-8 becomes U+FFFD.
void append_json_string(ByteView text, std::string& out);

}  // namespace understudy::replication

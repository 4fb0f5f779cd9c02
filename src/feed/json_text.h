#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "replication/column_value.h"

// Pieces of JSON text, appended to a string. All of it is valid JSON in one line, whatever the
// input.
namespace understudy::feed {

// In quotes; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// Base64 in quotes.
void append_json_base64(std::string& out, ByteView bytes);

// Whole numbers and floats as numbers (those beyond 2^53 too, in full), decimals as strings, binary
// as base64 strings, dates and times in the form of value_text(), JSON as it is (a string if it is
// none), geometry as {"srid", "wkb"}, NULL and what is absent as null.
void append_json_value(std::string& out, const replication::ColumnValue& value);

// Of dates and times: "2026-11-26", "2026-11-26T12:00:00.5", "2026-11-26T12:00:00Z" (TIMESTAMP, in
// UTC), "-838:59:59"; as many digits of the fraction as the column keeps. Empty for other values.
std::string value_text(const replication::ColumnValue& value);

// "2026-11-26T12:00:00Z" of seconds since 1970.
std::string utc_text(std::int64_t seconds);

}  // namespace understudy::feed

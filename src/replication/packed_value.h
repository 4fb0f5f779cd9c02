#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "replication/column_value.h"

// Decimals and times as servers pack them, in rows and in binary JSON. All integers of these are
// big-endian (MySQL: "Date and Time Data Type Representation"; strings/decimal.cc on DECIMAL).
namespace understudy::replication {

std::uint64_t read_big_endian(ByteView bytes);

// DECIMAL(precision, scale) of decimal_size() bytes as text, e.g. "-12.50". False if the bytes hold
// none.
bool append_decimal(ByteView bytes, std::size_t precision, std::size_t scale, std::string& out);

// DATETIME2, TIME2 and TIMESTAMP2 with `digits` of a fraction; `bytes` has the right size.
CivilTime read_datetime2(ByteView bytes, std::uint8_t digits);
TimeSpan read_time2(ByteView bytes, std::uint8_t digits);
UnixTime read_timestamp2(ByteView bytes, std::uint8_t digits);

CivilDate read_date(std::uint64_t packed);  // of three bytes
// The forms without a fraction, of before MySQL 5.6: decimal numbers, 20261231235959 and 235959.
CivilTime read_old_datetime(std::uint64_t number);
TimeSpan read_old_time(std::int64_t number);

// The eight bytes in which JSON keeps times: what DATETIME2 and TIME2 with six digits become.
CivilTime unpack_datetime(std::int64_t packed);
TimeSpan unpack_time(std::int64_t packed);

}  // namespace understudy::replication

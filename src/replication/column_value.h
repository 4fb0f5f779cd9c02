#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"

// What a column of a logged row holds. Unlike protocol::Value these own what they hold: a text may
// have been converted, a decimal or a document written out.
namespace understudy::replication {

// The image has not got the column (binlog_row_image=MINIMAL or NOBLOB): it was not changed, or is
// not needed to find the row.
struct Absent {
  friend bool operator==(const Absent&, const Absent&) = default;
};

struct SqlNull {
  friend bool operator==(const SqlNull&, const SqlNull&) = default;
};

// An exact number as the server writes it, e.g. "-12.50".
struct DecimalText {
  std::string text;
  friend bool operator==(const DecimalText&, const DecimalText&) = default;
};

// DATE; zero dates have zeros.
struct CivilDate {
  std::uint16_t year = 0;
  std::uint8_t month = 0;
  std::uint8_t day = 0;
  friend bool operator==(const CivilDate&, const CivilDate&) = default;
};

// DATETIME: no time zone belongs to it.
struct CivilTime {
  CivilDate date;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
  std::uint8_t digits = 0;  // of the fraction that the column keeps, 0 to 6
  friend bool operator==(const CivilTime&, const CivilTime&) = default;
};

// TIMESTAMP: a moment, UTC. Seconds and fraction both 0: the zero value 0000-00-00 00:00:00.
struct UnixTime {
  std::int64_t seconds = 0;
  std::uint32_t microsecond = 0;
  std::uint8_t digits = 0;
  friend bool operator==(const UnixTime&, const UnixTime&) = default;
};

// TIME: a duration with sign, of up to 838 hours.
struct TimeSpan {
  std::int64_t microseconds = 0;
  std::uint8_t digits = 0;
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

// A JSON document as text (MySQL's binary form written out; MariaDB keeps text).
struct JsonText {
  std::string text;
  friend bool operator==(const JsonText&, const JsonText&) = default;
};

// What changed in a JSON document of which the image before does not hold the rest, so that the new
// one cannot be told (MySQL with binlog_row_value_options=PARTIAL_JSON and a minimal image):
// [{"op": "replace", "path": "$.a", "value": 1}, …]; "op" may also be "insert" and "remove".
struct JsonChanges {
  std::string text;
  friend bool operator==(const JsonChanges&, const JsonChanges&) = default;
};

// GEOMETRY and its kin: well-known binary, and the id of the reference system.
struct GeometryBytes {
  std::uint32_t srid = 0;
  Bytes wkb;
  friend bool operator==(const GeometryBytes&, const GeometryBytes&) = default;
};

// Integers are int64, or uint64 where UNSIGNED; BIT and YEAR are uint64. Texts, ENUM and SET (their
// members by name, with commas between) are std::string, valid UTF-8; binary types are Bytes. What
// becomes of them where neither the log nor a definition tells more is in value_decoder.h.
using ColumnValue = std::variant<Absent, SqlNull, std::int64_t, std::uint64_t, float, double,
                                 DecimalText, std::string, Bytes, CivilDate, CivilTime, UnixTime,
                                 TimeSpan, JsonText, JsonChanges, GeometryBytes>;

}  // namespace understudy::replication

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replication/character_set.h"

// A table as a binary log describes it: its table map event, and what a definition adds to that
// (table_definition.h).
namespace understudy::replication {

// Column types of a binary log that no client sees; the others are protocol::ColumnType.
namespace log_type {
inline constexpr std::uint8_t kNewDate = 14;
inline constexpr std::uint8_t kTimestamp2 = 17;
inline constexpr std::uint8_t kDateTime2 = 18;
inline constexpr std::uint8_t kTime2 = 19;
inline constexpr std::uint8_t kBlobCompressed = 140;
inline constexpr std::uint8_t kVarCharCompressed = 141;
inline constexpr std::uint8_t kVector = 242;
}  // namespace log_type

// MariaDB's types that a log shows as BINARY of this length; only a definition tells them apart.
enum class BinaryForm : std::uint8_t { Plain, Inet4, Inet6, Uuid };

// A column. A CHAR, ENUM or SET column, and those of types that are stored like CHAR (INET6, UUID,
// …), has the type String; `metadata` tells them apart. What stands behind `nullable` is in the
// optional part of the table map (binlog_row_metadata), or comes from a definition.
struct ColumnFormat {
  std::uint8_t type = 0;
  std::uint16_t metadata = 0;  // the two bytes of CHAR, DECIMAL and BIT in the order of the event
  bool nullable = false;

  std::string name = {};                 // UTF-8; empty: not known
  std::optional<bool> is_unsigned = {};  // of a number
  std::optional<bool> visible = {};      // false: INVISIBLE
  bool generated = false;                // known from a definition only
  std::uint32_t collation = 0;           // its number; 0: not known
  CharacterSet character_set = CharacterSet::Unknown;
  std::vector<std::string> members = {};         // of ENUM and SET, UTF-8; empty: not known
  std::optional<std::uint32_t> geometry = {};    // 0 GEOMETRY, 1 POINT, … 7 GEOMETRYCOLLECTION
  std::optional<std::uint32_t> dimensions = {};  // of VECTOR
  BinaryForm form = BinaryForm::Plain;
  // Of TIME, DATETIME and TIMESTAMP in the form of before MariaDB 10.1 and MySQL 5.6: the log does
  // not tell the length of the fraction.
  std::optional<std::uint8_t> old_digits = {};

  friend bool operator==(const ColumnFormat&, const ColumnFormat&) = default;
};

// A column of the primary key.
struct KeyPart {
  std::uint32_t column = 0;  // its index
  std::uint32_t prefix = 0;  // only so many characters of it belong to the key; 0: all
  friend bool operator==(const KeyPart&, const KeyPart&) = default;
};

struct TableFormat {
  std::string schema;
  std::string name;
  std::vector<ColumnFormat> columns;
  // Nothing if it is not known; empty if the table has no primary key.
  std::optional<std::vector<KeyPart>> primary_key = {};

  friend bool operator==(const TableFormat&, const TableFormat&) = default;
};

}  // namespace understudy::replication

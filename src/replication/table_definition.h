#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "replication/table_format.h"

namespace understudy::replication {

// A column as information_schema.columns has it.
struct ColumnDefinition {
  std::string name;
  std::string type;                // COLUMN_TYPE, e.g. "int(10) unsigned", "enum('a','b')"
  std::string character_set;       // CHARACTER_SET_NAME; empty for types without one
  std::string collation;           // COLLATION_NAME
  std::uint32_t key_position = 0;  // in the primary key, from 1; 0: not in it
  std::uint32_t key_prefix = 0;    // characters of it in the key (SUB_PART); 0: all
  bool generated = false;
  bool invisible = false;
};

struct TableDefinition {
  std::string schema;
  std::string name;
  std::vector<ColumnDefinition> columns;  // in the order of ORDINAL_POSITION
};

// The logged table with what its definition adds: names, signedness, character sets, members of
// ENUM and SET, the primary key, and which types MariaDB's INET4, INET6 and UUID columns have. The
// definition may be younger than the log. Error: Invalid, saying which column does not fit, if
// their number, their types or what the log says of them itself is another. (Not seen: columns of
// one type that have changed places, where the log has no names.)
Result<TableFormat> complete(const TableFormat& logged, const TableDefinition& definition);

}  // namespace understudy::replication

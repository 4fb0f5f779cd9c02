#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace understudy::replication {

// A column's type as information_schema.columns.column_type has it, e.g. "decimal(10,2) unsigned",
// "enum('a','b')".
struct ColumnTypeText {
  std::string name;                      // the first word, in small letters: "decimal"
  std::vector<std::uint32_t> arguments;  // 10, 2
  std::vector<std::string> members;      // of ENUM and SET, without quotes
  bool is_unsigned = false;              // so is ZEROFILL
  bool compressed = false;               // MariaDB's COMPRESSED

  friend bool operator==(const ColumnTypeText&, const ColumnTypeText&) = default;
};

// Error: Invalid, with the text.
Result<ColumnTypeText> parse_column_type(std::string_view text);

}  // namespace understudy::replication

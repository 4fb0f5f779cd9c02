#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// What MySQL logs of an updated JSON document with binlog_row_value_options=PARTIAL_JSON.
namespace understudy::replication {

struct JsonChange {
  enum class Operation : std::uint8_t { Replace = 0, Insert = 1, Remove = 2 };
  Operation operation = Operation::Replace;
  std::string path;   // of SQL, e.g. $.tags[2]."a name"
  std::string value;  // JSON; empty for Remove
};

// Source: MySQL, sql-common/json_diff.h. Error: Malformed.
Result<std::vector<JsonChange>> read_json_changes(ByteView bytes);

// Applies the changes in their order to a document as append_json() writes it. False if they do not
// fit it; `out` is then undefined.
bool apply_json_changes(std::string_view document, const std::vector<JsonChange>& changes,
                        std::string& out);

// [{"op": "replace", "path": "$.a", "value": 1}, …]
std::string to_text(const std::vector<JsonChange>& changes);

}  // namespace understudy::replication

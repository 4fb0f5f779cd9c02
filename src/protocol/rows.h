#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/column.h"
#include "protocol/value.h"

// Rows of results, and the parameters of prepared statements (MariaDB: "Result Set Packets",
// "COM_STMT_EXECUTE").
namespace understudy::protocol {

// The next value of a text row as it stands there; nothing for NULL. Fails the reader on malformed
// bytes.
std::optional<ByteView> read_text_field(ByteReader& row);

// Decode the payload of one row into `values`, which is resized to the number of columns. The
// values' views live as long as `payload`. Error: Malformed; `values` is then of no use.
Result<void> decode_text_row(ByteView payload, std::span<const ColumnDefinition> columns,
                             std::vector<Value>& values);
Result<void> decode_binary_row(ByteView payload, std::span<const ColumnDefinition> columns,
                               std::vector<Value>& values);

// One value in the two forms. `text` is a field of a text row, not NULL. Error: Malformed.
Result<Value> decode_text_value(std::string_view text, const ColumnDefinition& column);
// Takes a value that is not NULL from a binary row; fails the reader on malformed bytes.
Value read_binary_value(ByteReader& row, const ColumnDefinition& column);

// Appends what follows the iteration count in COM_STMT_EXECUTE: null bitmap, types, values. Nothing
// for no parameters.
void append_parameters(Bytes& out, std::span<const Value> parameters);

}  // namespace understudy::protocol

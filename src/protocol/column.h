#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/constants.h"

namespace understudy::protocol {

// What a server says of one column of a result, or of one parameter of a prepared statement
// (MariaDB: "Result Set Packets", column definition). Views point into the payload it was read
// from.
struct ColumnDefinition {
  std::string_view schema;
  std::string_view table;  // alias
  std::string_view org_table;
  std::string_view name;  // alias
  std::string_view org_name;
  std::uint16_t collation = 0;
  std::uint32_t length = 0;  // of the longest value, in bytes
  ColumnType type = ColumnType::Null;
  std::uint16_t flags = 0;
  std::uint8_t decimals = 0;

  [[nodiscard]] bool is_unsigned() const { return (flags & kColumnUnsigned) != 0; }
  // Bytes rather than characters, for the types that may be either.
  [[nodiscard]] bool is_binary() const { return collation == kBinaryCollation; }
};

// A column of an answer of our own: text in utf8mb4, or whole numbers.
ColumnDefinition text_column(std::string_view name, std::uint32_t length);
ColumnDefinition number_column(std::string_view name, std::uint32_t length, ColumnType type,
                               std::uint16_t flags = 0);

// Decodes the payload of a column definition. Error: Malformed.
Result<ColumnDefinition> parse_column(ByteView payload);
void append_column_payload(Bytes& out, const ColumnDefinition& column);

}  // namespace understudy::protocol

#include "backend/lost_write.h"

#include "protocol/rows.h"

namespace understudy::backend {
namespace {

using protocol::Value;

constexpr std::size_t kFrameHeaderSize = 4;
// The command's byte, the statement's id, flags, the iteration count.
constexpr std::size_t kExecuteHeaderSize = 10;
constexpr std::uint8_t kUnsignedParameter = 0x80;

}  // namespace

// Source: MariaDB knowledge base, "COM_STMT_EXECUTE".
std::vector<std::optional<Value>> bound_values(ByteView framed, std::uint16_t parameter_count) {
  std::vector<std::optional<Value>> values(parameter_count);
  if (parameter_count == 0 || framed.size() < kFrameHeaderSize) return values;
  const std::size_t size = framed[0] | std::size_t{framed[1]} << 8 | std::size_t{framed[2]} << 16;
  if (framed.size() != kFrameHeaderSize + size) return values;
  ByteReader reader(framed.subspan(kFrameHeaderSize));
  reader.take(kExecuteHeaderSize);
  const ByteView nulls = reader.take((std::size_t{parameter_count} + 7) / 8);
  if (reader.u8() != 1) return values;
  const ByteView types = reader.take(std::size_t{parameter_count} * 2);
  if (reader.failed()) return values;
  for (std::size_t i = 0; i < parameter_count; ++i) {
    if ((nulls[i / 8] >> (i % 8) & 1) != 0) {
      values[i] = protocol::Null{};
      continue;
    }
    protocol::ColumnDefinition column;
    column.type = static_cast<protocol::ColumnType>(types[2 * i]);
    if ((types[2 * i + 1] & kUnsignedParameter) != 0) column.flags = protocol::kColumnUnsigned;
    values[i] = protocol::read_binary_value(reader, column);
  }
  if (reader.failed() || reader.remaining() > 0)
    return std::vector<std::optional<Value>>(parameter_count);
  return values;
}

std::vector<replication::WriteOutcome> resolve(
    const PrimaryMark& mark, std::span<const replication::LoggedTransaction> transactions,
    std::span<const replication::Gtid> acknowledged,
    const std::vector<std::shared_ptr<const LostWrite>>& writes) {
  // Vectors of vectors, so that the views stay where they are.
  std::vector<std::vector<std::vector<std::optional<Value>>>> values(writes.size());
  std::vector<std::vector<replication::SentStatement>> statements(writes.size());
  std::vector<replication::UnknownWrite> unknown;
  for (std::size_t w = 0; w < writes.size(); ++w) {
    const LostWrite& write = *writes[w];
    values[w].reserve(write.statements.size());
    for (const LostWrite::Statement& statement : write.statements) {
      values[w].push_back(bound_values(statement.execute, statement.parameter_count));
      statements[w].push_back({statement.text, statement.prepared, values[w].back()});
    }
    unknown.push_back(
        {write.schema, statements[w], write.thread_id, write.found_rows, write.modes});
  }
  return replication::resolve_writes({mark.server_id, transactions, acknowledged}, unknown);
}

}  // namespace understudy::backend

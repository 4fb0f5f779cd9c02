#include "backend/lost_write.h"

#include <algorithm>

#include "protocol/rows.h"

namespace understudy::backend {
namespace {

using protocol::Value;

constexpr std::size_t kFrameHeaderSize = 4;
// The command's byte, the statement's id, flags, the iteration count.
constexpr std::size_t kExecuteHeaderSize = 10;
constexpr std::uint8_t kUnsignedParameter = 0x80;

constexpr std::string_view kOtherWriters =
    "a transaction with its statements is logged, but others write here whose answers are not "
    "known";

bool names_connection(const replication::LoggedTransaction& transaction) {
  return std::ranges::any_of(transaction.statements,
                             [](const auto& statement) { return statement.thread_id.has_value(); });
}

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

namespace {

std::vector<replication::WriteOutcome> judge(
    const PrimaryMark& mark, std::span<const replication::LoggedTransaction> transactions,
    std::span<const replication::TransactionId> acknowledged,
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
  return replication::resolve_writes({mark.identity, transactions, acknowledged}, unknown);
}

}  // namespace

std::vector<replication::WriteOutcome> resolve(
    const PrimaryMark& mark, std::span<const replication::LoggedTransaction> transactions,
    std::span<const replication::TransactionId> acknowledged,
    const std::vector<std::shared_ptr<const LostWrite>>& writes) {
  bool others = false;
  std::vector<replication::LoggedTransaction> after;
  for (const replication::LoggedTransaction& transaction : transactions) {
    if (!mark.position.covers(transaction.gtid)) {
      after.push_back(transaction);
      continue;
    }
    const bool known = std::ranges::find(acknowledged, transaction.gtid) != acknowledged.end();
    others = others || (replication::began_at(transaction.gtid, mark.identity) && !known);
  }
  std::vector<replication::WriteOutcome> outcomes = judge(mark, after, acknowledged, writes);
  if (!others) return outcomes;
  for (replication::WriteOutcome& outcome : outcomes) {
    const auto* happened = std::get_if<replication::Happened>(&outcome);
    if (happened == nullptr) continue;
    const auto logged =
        std::ranges::find(after, happened->gtid, &replication::LoggedTransaction::gtid);
    if (logged == after.end() || !names_connection(*logged))
      outcome = replication::Ambiguous{kOtherWriters};
  }
  return outcomes;
}

}  // namespace understudy::backend

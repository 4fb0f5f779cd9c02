#include "proxy/process_list.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "protocol/column.h"
#include "protocol/text_result.h"

namespace understudy::proxy {
namespace {

using protocol::ColumnDefinition;
using protocol::ColumnType;
using protocol::number_column;
using protocol::text_column;

constexpr std::size_t kStatementShown = 100;  // as servers do

// As MariaDB 10.11 describes them.
std::array<ColumnDefinition, 8> columns() {
  return {number_column("Id", 11, ColumnType::LongLong),
          text_column("User", 512),
          text_column("Host", 256),
          text_column("db", 256),
          text_column("Command", 64),
          number_column("Time", 7, ColumnType::Long),
          text_column("State", 120),
          text_column("Info", 65535)};
}

// Not in the middle of a character of UTF-8.
std::string_view shortened(std::string_view text) {
  if (text.size() <= kStatementShown) return text;
  std::size_t size = kStatementShown;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return text.substr(0, size);
}

std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

Bytes process_list_answer(std::vector<ClientProcess> processes, bool full,
                          std::uint32_t client_capabilities, std::uint8_t sequence,
                          std::uint16_t status) {
  std::ranges::sort(processes, {}, &ClientProcess::id);
  protocol::TextResultBuilder builder(client_capabilities, sequence);
  builder.columns(columns(), status);
  for (const ClientProcess& process : processes) {
    const std::string id = std::to_string(process.id);
    const std::string seconds = std::to_string(process.seconds);
    const std::string_view statement = full ? process.statement : shortened(process.statement);
    const std::array<std::optional<std::string_view>, 8> row = {id,
                                                                process.user,
                                                                process.host,
                                                                unless_empty(process.schema),
                                                                process.running ? "Query" : "Sleep",
                                                                seconds,
                                                                process.running ? "running" : "",
                                                                unless_empty(statement)};
    builder.row(row);
  }
  return std::move(builder).finish(status);
}

}  // namespace understudy::proxy

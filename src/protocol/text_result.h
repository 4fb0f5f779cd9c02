#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "protocol/column.h"

namespace understudy::protocol {

// Builds the response to a COM_QUERY that we answer ourselves: one result set of text values, in
// the form for a client with these capabilities. Call columns() once, row() for each row, finish().
class TextResultBuilder {
 public:
  // `sequence` is that of the first packet: one after the client's last.
  explicit TextResultBuilder(std::uint32_t client_capabilities, std::uint8_t sequence = 1)
      : capabilities_(client_capabilities), sequence_(sequence) {}

  // At least one name.
  void columns(std::span<const std::string_view> names, std::uint16_t status);
  // The same, of any types; their values are text all the same.
  void columns(std::span<const ColumnDefinition> definitions, std::uint16_t status);
  // As many values as there are columns; nothing stands for NULL.
  void row(std::span<const std::optional<std::string_view>> values);
  void row(std::span<const std::string_view> values);
  // The whole response, framed; `status` are ServerStatus flags.
  [[nodiscard]] Bytes finish(std::uint16_t status) &&;

 private:
  void append_eof(std::uint16_t status);
  void end_packet();

  std::uint32_t capabilities_;
  std::uint8_t sequence_;
  Bytes out_;
  Bytes payload_;
};

}  // namespace understudy::protocol

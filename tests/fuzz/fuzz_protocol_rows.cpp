// Any bytes are column definitions and rows of every type. The first bytes pick the number of
// columns and their types.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "protocol/packet_reader.h"
#include "protocol/rows.h"

namespace {

using namespace understudy;
using namespace understudy::protocol;

std::size_t viewed_bytes(const std::vector<Value>& values) {
  std::size_t size = 0;
  for (const Value& value : values) {
    if (const auto* text = std::get_if<std::string_view>(&value)) size += text->size();
    if (const auto* bytes = std::get_if<ByteView>(&value)) size += bytes->size();
    if (const auto* decimal = std::get_if<Decimal>(&value)) size += decimal->text.size();
  }
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t count = data[0] % 8;
  if (size < 1 + 2 * count) return 0;
  std::vector<ColumnDefinition> columns(count);
  for (std::size_t i = 0; i < count; ++i) {
    columns[i].type = static_cast<ColumnType>(data[1 + 2 * i]);
    columns[i].flags = data[2 + 2 * i] & 1 ? kColumnUnsigned : 0;
    columns[i].collation = data[2 + 2 * i] & 2 ? kBinaryCollation : 45;
  }
  const ByteView bytes(data + 1 + 2 * count, size - 1 - 2 * count);
  std::vector<Value> values;
  if (decode_text_row(bytes, columns, values).ok() && viewed_bytes(values) > bytes.size())
    std::abort();
  if (decode_binary_row(bytes, columns, values).ok()) {
    if (viewed_bytes(values) > bytes.size()) std::abort();
    Bytes encoded;
    append_parameters(encoded, values);
  }
  (void)parse_column(bytes);
  PacketReader reader(bytes);
  while (const auto payload = reader.next())
    (void)parse_column(*payload);
  return 0;
}

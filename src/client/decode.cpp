#include "client/decode.h"

#include "protocol/column.h"
#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "protocol/rows.h"

namespace understudy::client {
namespace {

// Converts between the owning and the viewing form of one value.
struct ToParameter {
  protocol::Value operator()(std::nullptr_t) const { return protocol::Null{}; }
  protocol::Value operator()(std::int64_t value) const { return value; }
  protocol::Value operator()(std::uint64_t value) const { return value; }
  protocol::Value operator()(double value) const { return value; }
  protocol::Value operator()(const Decimal& value) const { return protocol::Decimal{value.text}; }
  protocol::Value operator()(const std::string& value) const { return std::string_view(value); }
  protocol::Value operator()(const Blob& value) const {
    return ByteView(reinterpret_cast<const std::uint8_t*>(value.data()), value.size());
  }
  protocol::Value operator()(const Date& value) const {
    return protocol::Date{value.year, value.month, value.day};
  }
  protocol::Value operator()(const DateTime& value) const {
    return protocol::DateTime{{value.date.year, value.date.month, value.date.day},
                              value.hour,
                              value.minute,
                              value.second,
                              value.microsecond};
  }
  protocol::Value operator()(Time value) const { return protocol::Time{value.count()}; }
};

struct ToValue {
  Value operator()(protocol::Null) const { return nullptr; }
  Value operator()(std::int64_t value) const { return value; }
  Value operator()(std::uint64_t value) const { return value; }
  Value operator()(float value) const { return static_cast<double>(value); }
  Value operator()(double value) const { return value; }
  Value operator()(protocol::Decimal value) const { return Decimal{std::string(value.text)}; }
  Value operator()(std::string_view value) const { return std::string(value); }
  Value operator()(ByteView value) const {
    const auto bytes = std::as_bytes(value);
    return Blob(bytes.begin(), bytes.end());
  }
  Value operator()(const protocol::Date& value) const {
    return Date{value.year, value.month, value.day};
  }
  Value operator()(const protocol::DateTime& value) const {
    return DateTime{{value.date.year, value.date.month, value.date.day},
                    value.hour,
                    value.minute,
                    value.second,
                    value.microsecond};
  }
  Value operator()(protocol::Time value) const { return Time(value.microseconds); }
};

// Takes the payload of the next packet; one of several frames is joined in `joined`.
ByteView take_payload(ByteReader& packets, Bytes& joined) {
  std::size_t size = packets.u24();
  packets.u8();
  ByteView payload = packets.take(size);
  if (size < protocol::kFramePayloadMax) return payload;
  joined.assign(payload.begin(), payload.end());
  while (size == protocol::kFramePayloadMax && !packets.failed()) {
    size = packets.u24();
    packets.u8();
    append(joined, packets.take(size));
  }
  return joined;
}

Error malformed() {
  return make_error(ErrorKind::Malformed, "a result that cannot be read came from the server");
}

}  // namespace

std::vector<protocol::Value> to_parameters(std::span<const Value> values) {
  std::vector<protocol::Value> parameters;
  parameters.reserve(values.size());
  for (const Value& value : values)
    parameters.push_back(std::visit(ToParameter{}, value));
  return parameters;
}

Result<QueryResult> decode_result(ByteView bytes, bool binary) {
  if (bytes.empty()) return QueryResult();
  ByteReader packets(bytes);
  Bytes joined;
  ByteReader count_reader(take_payload(packets, joined));
  const std::uint64_t count = protocol::read_lenenc(count_reader);
  if (count_reader.failed()) return malformed();
  std::vector<protocol::ColumnDefinition> definitions;
  auto columns = std::make_shared<std::vector<Column>>();
  for (std::uint64_t i = 0; i < count; ++i) {
    // Definitions are far smaller than a frame: their views are into `bytes`.
    const auto definition = protocol::parse_column(take_payload(packets, joined));
    if (!definition || packets.failed()) return malformed();
    definitions.push_back(*definition);
    columns->push_back({std::string(definition->name), std::string(definition->table)});
  }
  std::vector<Row> rows;
  std::vector<protocol::Value> fields;
  while (packets.remaining() > 0) {
    const ByteView payload = take_payload(packets, joined);
    const Result<void> decoded = binary ? protocol::decode_binary_row(payload, definitions, fields)
                                        : protocol::decode_text_row(payload, definitions, fields);
    if (!decoded || packets.failed()) return malformed();
    std::vector<Value> values;
    values.reserve(fields.size());
    for (const protocol::Value& field : fields)
      values.push_back(std::visit(ToValue{}, field));
    rows.emplace_back(columns, std::move(values));
  }
  return QueryResult(std::move(columns), std::move(rows));
}

}  // namespace understudy::client

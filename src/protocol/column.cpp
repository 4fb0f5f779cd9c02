#include "protocol/column.h"

#include "protocol/lenenc.h"

// column := catalog schema table org_table name org_name (each lenenc_bytes)
//           fixed_size:lenenc collation:2 length:4 type:1 flags:2 decimals:1 unused:2
namespace understudy::protocol {
namespace {

constexpr std::uint8_t kFixedSize = 12;

std::string_view read_text(ByteReader& reader) {
  return as_text(read_lenenc_bytes(reader));
}

}  // namespace

ColumnDefinition text_column(std::string_view name, std::uint32_t length) {
  constexpr std::uint16_t kUtf8 = 45;     // utf8mb4_general_ci
  constexpr std::uint8_t kNotFixed = 39;  // "decimals" of text
  ColumnDefinition column;
  column.name = name;
  column.collation = kUtf8;
  column.length = length;
  column.type = ColumnType::VarString;
  column.decimals = kNotFixed;
  return column;
}

ColumnDefinition number_column(std::string_view name, std::uint32_t length, ColumnType type,
                               std::uint16_t flags) {
  ColumnDefinition column;
  column.name = name;
  column.collation = kBinaryCollation;
  column.length = length;
  column.type = type;
  column.flags = flags;
  return column;
}

Result<ColumnDefinition> parse_column(ByteView payload) {
  ByteReader reader(payload);
  ColumnDefinition column;
  read_lenenc_bytes(reader);  // catalog: always "def"
  column.schema = read_text(reader);
  column.table = read_text(reader);
  column.org_table = read_text(reader);
  column.name = read_text(reader);
  column.org_name = read_text(reader);
  read_lenenc(reader);
  column.collation = reader.u16();
  column.length = reader.u32();
  column.type = static_cast<ColumnType>(reader.u8());
  column.flags = reader.u16();
  column.decimals = reader.u8();
  if (reader.failed()) return make_error(ErrorKind::Malformed, "malformed column definition");
  return column;
}

void append_column_payload(Bytes& out, const ColumnDefinition& column) {
  append_lenenc_bytes(out, as_bytes("def"));
  append_lenenc_bytes(out, as_bytes(column.schema));
  append_lenenc_bytes(out, as_bytes(column.table));
  append_lenenc_bytes(out, as_bytes(column.org_table));
  append_lenenc_bytes(out, as_bytes(column.name));
  append_lenenc_bytes(out, as_bytes(column.org_name));
  ByteWriter writer(out);
  writer.u8(kFixedSize);
  writer.u16(column.collation);
  writer.u32(column.length);
  writer.u8(static_cast<std::uint8_t>(column.type));
  writer.u16(column.flags);
  writer.u8(column.decimals);
  writer.u16(0);
}

}  // namespace understudy::protocol

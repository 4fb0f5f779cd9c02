#include "canned/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "canned/known_statements.h"
#include "protocol/column.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/lenenc.h"
#include "protocol/native_password.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"
#include "protocol/text_result.h"

namespace understudy::bench {
namespace {

constexpr std::uint16_t kStatus = protocol::kStatusAutocommit;
constexpr std::uint8_t kEofHeader = 0xfe;
constexpr std::uint8_t kSchemaChange = 1;

using Value = std::optional<std::string>;
using Row = std::vector<Value>;

// Appends packets one after the other, numbered from 1.
class Packets {
 public:
  explicit Packets(std::uint32_t capabilities) : capabilities_(capabilities) {}

  void add(ByteView payload) { protocol::append_packet(out_, sequence_, payload); }
  // After column definitions, for clients that expect it there.
  void end_of_columns() {
    if ((capabilities_ & protocol::kDeprecateEof) == 0) add(Bytes{kEofHeader, 0, 0, kStatus, 0});
  }
  void end_of_rows() {
    if ((capabilities_ & protocol::kDeprecateEof) == 0) return end_of_columns();
    protocol::OkPacket end;
    end.header = kEofHeader;
    end.status = kStatus;
    Bytes payload;
    protocol::append_ok_payload(payload, end, capabilities_);
    add(payload);
  }
  Bytes take() && { return std::move(out_); }

 private:
  std::uint32_t capabilities_;
  std::uint8_t sequence_ = 1;
  Bytes out_;
};

Bytes point_select_column() {
  protocol::ColumnDefinition column;
  column.schema = "sbtest";
  column.table = column.org_table = "sbtest1";
  column.name = column.org_name = "c";
  column.collation = 45;  // utf8mb4_general_ci
  column.length = 480;
  column.type = protocol::ColumnType::String;
  Bytes payload;
  protocol::append_column_payload(payload, column);
  return payload;
}

// "*HEX40": SHA1 of SHA1 of the password.
std::string stored_hash(std::string_view password) {
  const protocol::Sha1 once = protocol::password_sha1(password);
  const protocol::Sha1 twice = protocol::password_sha1(as_text(once));
  std::string hash = "*";
  for (const std::uint8_t byte : twice)
    hash += fmt::format("{:02X}", byte);
  return hash;
}

// The words of `text` between separators.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// A value of known_statements.h, with what its `$name` stands for.
Value filled_in(const std::string& value, const LogFacts& log) {
  if (value == "NULL") return std::nullopt;
  if (value == "$gtid") return log.gtid;
  if (value == "$log_file") return log.file;
  if (value == "$log_end") return std::to_string(log.end);
  if (value == "$app_hash") return stored_hash("app");
  if (value == "$understudy_hash") return stored_hash("understudy");
  return value;
}

Bytes result(const std::vector<std::string>& columns, const std::vector<Row>& rows,
             std::uint32_t capabilities) {
  protocol::TextResultBuilder builder(capabilities);
  const std::vector<std::string_view> names(columns.begin(), columns.end());
  builder.columns(names, kStatus);
  for (const Row& row : rows) {
    const std::vector<std::optional<std::string_view>> values(row.begin(), row.end());
    builder.row(values);
  }
  return std::move(builder).finish(kStatus);
}

Bytes result_of(const KnownStatement& known, std::uint32_t capabilities, const LogFacts& log) {
  std::vector<Row> rows;
  for (const std::string_view row : known.rows) {
    Row values;
    for (const std::string& value : split(row, '|'))
      values.push_back(filled_in(value, log));
    rows.push_back(std::move(values));
  }
  return result(split(known.columns, ','), rows, capabilities);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

// The value of `@@name` or `@@global.name`; empty for a variable that is not known.
Value variable(std::string_view name, const LogFacts& log) {
  std::string bare(name.substr(std::min(name.size(), name.find_first_not_of('@'))));
  std::ranges::transform(bare, bare.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  bare.erase(0, bare.rfind('.') + 1);
  for (const KnownVariable& known : kKnownVariables)
    if (known.name == bare) return filled_in(std::string(known.value), log);
  return "";
}

// SELECT @@a AS x, @@global.b, …
Bytes variables(std::string_view list, std::uint32_t capabilities, const LogFacts& log) {
  list = list.substr(0, list.find(" LIMIT "));
  std::vector<std::string> columns;
  Row row;
  for (const std::string& item : split(list, ',')) {
    const std::string_view text = trimmed(item);
    const std::size_t as = text.find(" AS ");
    const std::string_view name = text.substr(0, as);
    columns.emplace_back(as == std::string_view::npos ? name : text.substr(as + 4));
    row.push_back(variable(name, log));
  }
  return result(columns, {row}, capabilities);
}

Bytes ok_packet(const protocol::OkPacket& ok, std::uint32_t capabilities) {
  Bytes payload;
  protocol::append_ok_payload(payload, ok, capabilities);
  Packets packets(capabilities);
  packets.add(payload);
  return std::move(packets).take();
}

}  // namespace

std::optional<Bytes> answer_to(std::string_view statement, std::uint32_t capabilities,
                               const LogFacts& log) {
  constexpr std::string_view kSelect = "SELECT ";
  for (const KnownStatement& known : known_statements()) {
    const bool same = known.match == Match::Prefix
                          ? statement.starts_with(known.text)
                          : statement.find(known.text) != std::string_view::npos;
    if (!same) continue;
    return known.columns.empty() ? ok_answer(capabilities) : result_of(known, capabilities, log);
  }
  if (statement.starts_with("SELECT @@"))
    return variables(statement.substr(kSelect.size()), capabilities, log);
  return std::nullopt;
}

Bytes ok_answer(std::uint32_t capabilities) {
  protocol::OkPacket ok;
  ok.status = kStatus;
  return ok_packet(ok, capabilities);
}

Bytes schema_answer(std::string_view schema, std::uint32_t capabilities) {
  Bytes name, changes;
  protocol::append_lenenc_bytes(name, as_bytes(schema));
  changes.push_back(kSchemaChange);
  protocol::append_lenenc_bytes(changes, name);
  protocol::OkPacket ok;
  ok.status = kStatus | protocol::kStatusSessionStateChanged;
  ok.session_changes = changes;
  return ok_packet(ok, capabilities);
}

Bytes error_answer(std::uint16_t code, std::string_view message) {
  Bytes payload;
  protocol::append_err_payload(payload,
                               make_error(ErrorKind::Server, code, "HY000", std::string(message)));
  Packets packets(0);
  packets.add(payload);
  return std::move(packets).take();
}

Bytes point_select_answer(RowForm form, std::uint32_t capabilities) {
  const std::string value(119, 'c');
  Packets packets(capabilities);
  packets.add(Bytes{1});
  packets.add(point_select_column());
  packets.end_of_columns();
  Bytes row;
  if (form == RowForm::Binary) row = {0, 0};  // header, and no NULL
  protocol::append_lenenc_bytes(row, as_bytes(value));
  packets.add(row);
  packets.end_of_rows();
  return std::move(packets).take();
}

Bytes prepare_answer(std::uint32_t statement_id, std::uint16_t parameters, bool with_column,
                     std::uint32_t capabilities) {
  Bytes first;
  ByteWriter writer(first);
  writer.u8(0);
  writer.u32(statement_id);
  writer.u16(with_column ? 1 : 0);
  writer.u16(parameters);
  writer.u8(0);
  writer.u16(0);
  protocol::ColumnDefinition parameter;
  parameter.name = "?";
  parameter.collation = protocol::kBinaryCollation;
  parameter.type = protocol::ColumnType::VarString;
  Bytes definition;
  protocol::append_column_payload(definition, parameter);

  Packets packets(capabilities);
  packets.add(first);
  for (std::uint16_t i = 0; i < parameters; ++i)
    packets.add(definition);
  if (parameters > 0) packets.end_of_columns();
  if (with_column) {
    packets.add(point_select_column());
    packets.end_of_columns();
  }
  return std::move(packets).take();
}

}  // namespace understudy::bench

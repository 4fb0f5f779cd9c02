// Prints the rows of a binary log file, a JSON line each, for test_binlog_values.py:
//
//   binlog_dump FILE [DEFINITION]
//
// DEFINITION has a line for each column of every table whose log lacks metadata: schema, table,
// name, type, character set, position in the primary key, with tabs between.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "replication/binlog_event.h"
#include "replication/query_status.h"
#include "replication/row_reader.h"
#include "replication/table_definition.h"
#include "replication/transaction_payload.h"

namespace {

using namespace understudy;
using namespace understudy::replication;
using nlohmann::json;

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

std::string date_text(const CivilDate& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string fraction(std::uint64_t micro, std::uint8_t digits) {
  return digits == 0 ? "" : fmt::format(".{:06}", micro).substr(0, digits + 1u);
}

struct ToJson {
  json operator()(const Absent&) const { return {"absent"}; }
  json operator()(const SqlNull&) const { return {"null"}; }
  json operator()(std::int64_t value) const { return {"signed", value}; }
  json operator()(std::uint64_t value) const { return {"unsigned", value}; }
  json operator()(float value) const { return {"float", value}; }
  json operator()(double value) const { return {"double", value}; }
  json operator()(const DecimalText& value) const { return {"decimal", value.text}; }
  json operator()(const std::string& value) const { return {"text", value}; }
  json operator()(const Bytes& value) const { return {"bytes", hex(value)}; }
  json operator()(const CivilDate& value) const { return {"date", date_text(value)}; }
  json operator()(const CivilTime& value) const {
    return {"datetime",
            fmt::format("{} {:02}:{:02}:{:02}{}", date_text(value.date), value.hour, value.minute,
                        value.second, fraction(value.microsecond, value.digits))};
  }
  json operator()(const UnixTime& value) const {
    return {"timestamp",
            fmt::format("{}{}", value.seconds, fraction(value.microsecond, value.digits))};
  }
  json operator()(const TimeSpan& value) const { return {"time", value.microseconds}; }
  json operator()(const JsonText& value) const { return {"json", value.text}; }
  json operator()(const JsonChanges& value) const { return {"changes", value.text}; }
  json operator()(const GeometryBytes& value) const {
    return {"geometry", value.srid, hex(value.wkb)};
  }
};

json values_to_json(const std::vector<ColumnValue>& values) {
  json list = json::array();
  for (const ColumnValue& value : values)
    list.push_back(std::visit(ToJson(), value));
  return list;
}

using Definitions = std::map<std::string, TableDefinition>;

Definitions read_definitions(const char* path) {
  Definitions definitions;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> words;
    std::istringstream split(line);
    for (std::string word; std::getline(split, word, '\t');)
      words.push_back(word);
    TableDefinition& table = definitions[words.at(0) + "." + words.at(1)];
    ColumnDefinition& column = table.columns.emplace_back();
    column.name = words.at(2);
    column.type = words.at(3);
    column.character_set = words.at(4);
    column.key_position = static_cast<std::uint32_t>(std::stoul(words.at(5)));
  }
  return definitions;
}

class Dump {
 public:
  explicit Dump(Definitions definitions) : definitions_(std::move(definitions)) {}

  bool file(ByteView bytes) {
    constexpr std::size_t kMagicSize = 4;
    constexpr std::size_t kHeaderSize = 19;
    ByteReader reader(bytes);
    reader.take(kMagicSize);
    while (reader.remaining() >= kHeaderSize) {
      ByteReader header(reader.rest().subspan(9));
      const ByteView event = reader.take(header.u32());
      if (!report(decoder_.decode(event))) return false;
    }
    return true;
  }

 private:
  bool report(const Result<BinlogEvent>& event) {
    if (!event) return fail(event.error());
    if (const auto* gtid = std::get_if<MySqlGtidEvent>(&event->body)) {
      if (gtid->gtid) std::cout << json{{"gtid", to_string(*gtid->gtid)}} << '\n';
    }
    if (const auto* previous = std::get_if<PreviousGtidsEvent>(&event->body)) {
      std::cout << json{{"previous", to_string(previous->gtids)}} << '\n';
    }
    if (const auto* text = std::get_if<AnnotateRowsEvent>(&event->body)) {
      std::cout << json{{"statement", std::string(text->text)}} << '\n';
    }
    if (const auto* query = std::get_if<QueryEvent>(&event->body)) {
      const sql::Modes modes = modes_of(*query);
      std::cout << json{{"query", std::string(query->text)},
                        {"ansi_quotes", modes.ansi_quotes},
                        {"multibyte_quotes", modes.multibyte_quotes}}
                       .dump(-1, ' ', false, json::error_handler_t::replace)
                << '\n';
    }
    if (const auto* payload = std::get_if<TransactionPayloadEvent>(&event->body)) {
      return inner(*payload);
    }
    if (const auto* rows = std::get_if<RowsEvent>(&event->body)) return print(*rows);
    return true;
  }

  bool inner(const TransactionPayloadEvent& payload) {
    std::cout << json{{"payload", payload.uncompressed_size}} << '\n';
    if (Result<void> started = payload_.start(payload); !started) return fail(started.error());
    while (true) {
      Result<std::optional<ByteView>> bytes = payload_.next();
      if (!bytes) return fail(bytes.error());
      if (!*bytes) return true;
      if (!report(decoder_.decode_inner(**bytes))) return false;
    }
  }

  bool print(const RowsEvent& rows) {
    if (!rows.table) return true;
    const std::string name = rows.table->schema + "." + rows.table->name;
    std::shared_ptr<const TableFormat> table = rows.table;
    if (const auto found = definitions_.find(name); found != definitions_.end()) {
      Result<TableFormat> completed = complete(*rows.table, found->second);
      if (!completed) return fail(completed.error());
      table = std::make_shared<const TableFormat>(std::move(completed).value());
    }
    if (Result<void> started = reader_.start(rows, table); !started) return fail(started.error());
    json columns = json::array();
    for (const ColumnFormat& column : table->columns)
      columns.push_back(column.name);
    json key = json::array();
    for (const KeyPart& part : table->primary_key.value_or(std::vector<KeyPart>()))
      key.push_back(part.column);
    while (true) {
      Result<bool> more = reader_.next();
      if (!more) return fail(more.error());
      if (!*more) return true;
      std::cout << json{{"table", name},
                        {"columns", columns},
                        {"key", key},
                        {"change", static_cast<int>(rows.change)},
                        {"before", values_to_json(reader_.before())},
                        {"after", values_to_json(reader_.after())}}
                << '\n';
    }
  }

  static bool fail(const Error& error) {
    std::cerr << error.message << '\n';
    return false;
  }

  Definitions definitions_;
  BinlogDecoder decoder_;
  RowReader reader_;
  PayloadReader payload_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return Dump(argc > 2 ? read_definitions(argv[2]) : Definitions()).file(bytes) ? 0 : 1;
}

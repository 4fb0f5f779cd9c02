// How fast row events become values: events of 8 KiB as servers write them, of a table like those
// of sysbench (integers and CHARs) and of one like an order's (keys, decimals, times, a text).
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <memory>
#include <vector>

#include "protocol/constants.h"
#include "protocol/lenenc.h"
#include "replication/binlog_event.h"
#include "replication/row_reader.h"

namespace {

using namespace understudy;
using namespace understudy::replication;
using protocol::ColumnType;

constexpr std::size_t kEventSize = 8192;
constexpr std::uint64_t kTableId = 9;

Bytes event_of(std::uint8_t type, ByteView body) {
  Bytes event;
  ByteWriter writer(event);
  writer.u32(0);
  writer.u8(type);
  writer.u32(1);
  writer.u32(static_cast<std::uint32_t>(19 + body.size() + 4));
  writer.u32(0);
  writer.u16(0);
  writer.bytes(body);
  writer.u32(static_cast<std::uint32_t>(::crc32_z(0, event.data(), event.size())));
  return event;
}

struct Column {
  std::uint8_t type;
  Bytes metadata;
  Bytes value;  // the same in each row, but for the first column's, which counts
};

Bytes with_length(std::string_view text) {
  Bytes bytes{static_cast<std::uint8_t>(text.size())};
  append(bytes, as_bytes(text));
  return bytes;
}

std::vector<Column> sysbench() {
  const auto integer = static_cast<std::uint8_t>(ColumnType::Long);
  const auto string = static_cast<std::uint8_t>(ColumnType::String);
  return {{integer, {}, {1, 2, 3, 0}},
          {integer, {}, {7, 7, 0, 0}},
          {string,
           {0xee, 0xe0},
           [] {
             Bytes value{120, 0};
             value.insert(value.end(), 120, '5');
             return value;
           }()},
          {string, {0xfe, 0xf0}, with_length(std::string(60, '7'))}};
}

std::vector<Column> orders() {
  const auto big = static_cast<std::uint8_t>(ColumnType::LongLong);
  const auto decimal = static_cast<std::uint8_t>(ColumnType::NewDecimal);
  const auto varchar = static_cast<std::uint8_t>(ColumnType::VarChar);
  const auto small = static_cast<std::uint8_t>(ColumnType::Tiny);
  return {{big, {}, {1, 2, 3, 0, 0, 0, 0, 0}},
          {big, {}, {9, 9, 9, 0, 0, 0, 0, 0}},
          {small, {}, {3}},
          {decimal, {10, 2}, {0x80, 0x00, 0x30, 0x39, 0x32}},
          {log_type::kDateTime2, {6}, {0x99, 0xb4, 0xf4, 0xa2, 0xcb, 1, 2, 3}},
          {log_type::kTimestamp2, {0}, {0x66, 1, 2, 3}},
          {varchar, {200, 0}, with_length("Ada Lovelace, 12 St James's Square")},
          {small, {}, {1}}};
}

// A table map and one event with rows of it. `kind`: 23 written, 24 updated.
struct Log {
  Bytes table;
  Bytes rows;
  std::uint64_t count = 0;
};

Log make_log(const std::vector<Column>& columns, std::uint8_t kind) {
  Bytes map;
  ByteWriter writer(map);
  writer.integer(kTableId, 6);
  writer.u16(0);
  for (const std::string_view name : {"shop", "orders"}) {
    writer.u8(static_cast<std::uint8_t>(name.size()));
    writer.text(name);
    writer.u8(0);
  }
  protocol::append_lenenc(map, columns.size());
  Bytes metadata;
  for (const Column& column : columns) {
    writer.u8(column.type);
    append(metadata, column.metadata);
  }
  protocol::append_lenenc_bytes(map, metadata);
  writer.zeros((columns.size() + 7) / 8);
  const Bytes latin1{8};  // of all text
  writer.u8(2);
  protocol::append_lenenc_bytes(map, latin1);

  Bytes rows;
  ByteWriter out(rows);
  out.integer(kTableId, 6);
  out.u16(0);
  protocol::append_lenenc(rows, columns.size());
  const std::size_t images = kind == 24 ? 2 : 1;
  for (std::size_t i = 0; i < images; ++i)
    rows.insert(rows.end(), (columns.size() + 7) / 8, 0xff);
  Log log;
  while (rows.size() < kEventSize) {
    ++log.count;
    for (std::size_t i = 0; i < images; ++i) {
      out.zeros((columns.size() + 7) / 8);
      for (const Column& column : columns)
        out.bytes(column.value);
    }
  }
  log.table = event_of(19, map);
  log.rows = event_of(kind, rows);
  return log;
}

void decode_log(benchmark::State& state, const std::vector<Column>& columns, std::uint8_t kind,
                bool key_only) {
  const Log log = make_log(columns, kind);
  BinlogDecoder decoder({false});
  RowReader reader;
  std::uint64_t sum = 0;
  const std::uint32_t key = 0;
  for (auto _ : state) {
    if (!decoder.decode(log.table)) state.SkipWithError("table map");
    const Result<BinlogEvent> event = decoder.decode(log.rows);
    if (!event) return state.SkipWithError("row event");
    const auto& rows = std::get<RowsEvent>(event->body);
    const auto only = std::span(&key, key_only ? 1 : 0);
    if (!reader.start(rows, nullptr, only)) return state.SkipWithError("start");
    std::uint64_t count = 0;
    Result<bool> more = reader.next();
    for (; more && *more; more = reader.next()) {
      ++count;
      sum += static_cast<std::uint64_t>(std::get<std::int64_t>(reader.after()[0]));
    }
    if (count != log.count) return state.SkipWithError("rows");
  }
  benchmark::DoNotOptimize(sum);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(log.table.size() + log.rows.size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(log.count));
}

BENCHMARK_CAPTURE(decode_log, sysbench_written, sysbench(), 23, false);
BENCHMARK_CAPTURE(decode_log, sysbench_updated, sysbench(), 24, false);
BENCHMARK_CAPTURE(decode_log, sysbench_updated_key_only, sysbench(), 24, true);
BENCHMARK_CAPTURE(decode_log, orders_written, orders(), 23, false);
BENCHMARK_CAPTURE(decode_log, orders_updated, orders(), 24, false);
BENCHMARK_CAPTURE(decode_log, orders_updated_key_only, orders(), 24, true);

}  // namespace

BENCHMARK_MAIN();

#include "replication/row_reader.h"

#include <gmock/gmock.h>

#include "recorded_binlog.h"
#include "replication/packed_value.h"
#include "replication/table_metadata.h"

namespace understudy::replication {
namespace {

using testing::Each;

// Reads the rows of all statements of the recorded log that have `text` in them, by `visit`.
template <typename Visit>
void read_rows_of(std::string_view text, std::span<const std::uint32_t> only, Visit visit) {
  const std::vector<RecordedStatement> log = recorded_log();
  BinlogDecoder decoder;
  RowReader reader;
  for (const RecordedStatement& statement : log) {
    for (const Bytes& bytes : statement.events) {
      Result<BinlogEvent> event = decoder.decode(bytes);
      ASSERT_TRUE(event.ok());
      const auto* rows = std::get_if<RowsEvent>(&event->body);
      if (rows == nullptr || statement.sql.find(text) == std::string::npos) continue;
      ASSERT_TRUE(reader.start(*rows, nullptr, only).ok());
      std::uint64_t count = 0;
      Result<bool> more = reader.next();
      for (; more.ok() && *more; more = reader.next()) {
        ++count;
        visit(reader);
      }
      ASSERT_TRUE(more.ok()) << statement.sql << ": " << more.error().message;
      EXPECT_EQ(count, rows->count) << statement.sql;
    }
  }
}

TEST(RowReader, ReadsEveryRowOfARecordedLog) {
  std::size_t rows = 0;
  read_rows_of("", {}, [&](const RowReader&) { ++rows; });
  EXPECT_GT(rows, 20u);
}

TEST(RowReader, GivesTheValuesThatWereWritten) {
  std::vector<ColumnValue> row;
  read_rows_of("VALUES (NULL,-1,65535", {}, [&](const RowReader& reader) {
    EXPECT_TRUE(reader.before().empty());
    row = reader.after();
  });
  ASSERT_EQ(row.size(), 40u);
  EXPECT_EQ(row[1], ColumnValue(std::int64_t{-1}));
  EXPECT_EQ(row[3], ColumnValue(std::int64_t{-8388608}));
  EXPECT_EQ(row[5], ColumnValue(1.5f));
  EXPECT_EQ(row[6], ColumnValue(-2.25));
  EXPECT_EQ(row[7], ColumnValue(DecimalText{"12345678901234567890.0123456789"}));
  EXPECT_EQ(row[8], ColumnValue(DecimalText{"-999"}));
  EXPECT_EQ(row[10], ColumnValue(std::uint64_t{0b10101010101010101}));
  EXPECT_EQ(row[11], ColumnValue(Bytes{'c', 'h', 'a', 'r'}));  // nothing says in which set
  EXPECT_EQ(row[21], ColumnValue(std::uint64_t{2}));           // nor what the members are
  EXPECT_EQ(row[23], ColumnValue(CivilDate{2024, 2, 29}));
  EXPECT_EQ(row[24], ColumnValue(TimeSpan{-45296000000, 0}));
  EXPECT_EQ(row[25], ColumnValue(TimeSpan{360000120000, 2}));
  EXPECT_EQ(row[26], ColumnValue(TimeSpan{3020399999999, 6}));
  EXPECT_EQ(row[28], ColumnValue(CivilTime{{1000, 1, 1}, 0, 0, 0, 123000, 3}));
  EXPECT_EQ(row[31], ColumnValue(std::uint64_t{2155}));
  const std::string squeeze =
      "squeezesqueezesqueezesqueezesqueezesqueezesqueezesqueezesqueezesqueeze";
  EXPECT_EQ(row[36], ColumnValue(Bytes(squeeze.begin(), squeeze.end())));
}

TEST(RowReader, LeavesOutWhatTheImageHasNot) {
  std::size_t rows = 0;
  read_rows_of("SET c39 = FALSE", {}, [&](const RowReader& reader) {
    ++rows;
    EXPECT_TRUE(std::holds_alternative<std::int64_t>(reader.before()[0]));
    EXPECT_EQ(reader.before()[39], ColumnValue(Absent{}));
    EXPECT_EQ(reader.after()[39], ColumnValue(std::int64_t{0}));
    EXPECT_EQ(reader.after()[1], ColumnValue(Absent{}));
  });
  EXPECT_GT(rows, 0u);
}

TEST(RowReader, ReadsOnlyTheWantedColumns) {
  std::vector<ColumnValue> all;
  read_rows_of("SET c2 = 5", {}, [&](const RowReader& r) { all.push_back(r.after()[0]); });
  const std::uint32_t key = 0;
  std::vector<ColumnValue> wanted;
  read_rows_of("SET c2 = 5", {&key, 1}, [&](const RowReader& reader) {
    wanted.push_back(reader.after()[0]);
    EXPECT_THAT(std::span(reader.after()).subspan(1), Each(ColumnValue(Absent{})));
  });
  EXPECT_EQ(wanted, all);
  EXPECT_GT(all.size(), 2u);
}

TEST(RowReader, RefusesAnotherTable) {
  RowsEvent event;
  event.table = std::make_shared<TableFormat>(TableFormat{"s", "t", {{3, 0, true}}});
  const Bytes present{1};
  event.columns_after = present;
  RowReader reader;
  const auto other = std::make_shared<TableFormat>(TableFormat{"s", "t", {}});
  EXPECT_EQ(reader.start(event, other).error().kind, ErrorKind::Invalid);
  const std::uint32_t no_column = 1;
  EXPECT_EQ(reader.start(event, nullptr, {&no_column, 1}).error().kind, ErrorKind::Invalid);
  ASSERT_TRUE(reader.start(event).ok());
  const Bytes cut{0, 1, 2};
  event.images = cut;
  ASSERT_TRUE(reader.start(event).ok());
  EXPECT_EQ(reader.next().error().kind, ErrorKind::Malformed);
}

TEST(TableMetadata, PassesOverUnknownFields) {
  TableFormat table{"s", "t", {{3, 0, true}, {15, 80, true}}};
  // A field 99 of two bytes; signedness; names.
  const Bytes bytes{99, 2, 7, 7, 1, 1, 0x80, 4, 5, 1, 'a', 2, 'b', 'c'};
  ASSERT_TRUE(read_table_metadata(bytes, Flavour::MySql, table).ok());
  EXPECT_EQ(table.columns[0].is_unsigned, true);
  EXPECT_EQ(table.columns[1].name, "bc");
  EXPECT_TRUE(table.primary_key.has_value());
  EXPECT_TRUE(table.primary_key->empty());
  const Bytes cut{1, 9, 0};
  EXPECT_FALSE(read_table_metadata(cut, Flavour::MySql, table).ok());
}

TEST(PackedValue, RefusesWhatIsNoDecimal) {
  std::string text;
  EXPECT_FALSE(append_decimal(Bytes{0xff, 0xff, 0xff, 0xff}, 9, 0, text));  // more than nine digits
  EXPECT_FALSE(append_decimal(Bytes{0x80}, 9, 0, text));
  EXPECT_FALSE(append_decimal({}, 0, 0, text));
  EXPECT_FALSE(append_decimal(Bytes(100, 0), 255, 0, text));
}

}  // namespace
}  // namespace understudy::replication

#include "replication/binlog_event.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <algorithm>

#include "recorded_binlog.h"
#include "replication/row_image.h"

namespace understudy::replication {
namespace {

Bytes with_checksum(Bytes event) {
  const auto size = static_cast<std::uint32_t>(event.size() + 4);
  for (std::size_t i = 0; i < 4; ++i)
    event[9 + i] = static_cast<std::uint8_t>(size >> (8 * i));
  const auto sum = static_cast<std::uint32_t>(::crc32_z(0, event.data(), event.size()));
  ByteWriter(event).u32(sum);
  return event;
}

// An event with a header and a checksum.
Bytes make_event(std::uint8_t type, ByteView body) {
  Bytes event;
  ByteWriter writer(event);
  writer.u32(0);
  writer.u8(type);
  writer.u32(7);
  writer.u32(0);
  writer.u32(0);
  writer.u16(0);
  writer.bytes(body);
  return with_checksum(std::move(event));
}

class RecordedLog : public testing::Test {
 protected:
  void SetUp() override { log_ = recorded_log(); }

  template <typename Visit>
  void decode_all(Visit visit) {
    BinlogDecoder decoder;
    for (const RecordedStatement& statement : log_) {
      for (const Bytes& bytes : statement.events) {
        Result<BinlogEvent> event = decoder.decode(bytes);
        ASSERT_TRUE(event.ok()) << statement.sql << ": " << event.error().message;
        visit(statement, *event);
      }
    }
  }

  // The body of the first event that `sql` logged of this kind.
  template <typename Body, typename Visit>
  void with_event(std::string_view sql, Visit visit) {
    bool found = false;
    decode_all([&](const RecordedStatement& statement, const BinlogEvent& event) {
      const auto* body = std::get_if<Body>(&event.body);
      if (found || body == nullptr || statement.sql.find(sql) == std::string::npos) return;
      found = true;
      visit(event.header, *body);
    });
    EXPECT_TRUE(found) << sql;
  }

  std::vector<RecordedStatement> log_;
};

// The number of rows in the log is what the server answered, for every type and row image.
TEST_F(RecordedLog, RowsAreCountedAsTheServerDid) {
  std::size_t checked = 0;
  std::string sql;
  std::uint64_t rows = 0;
  decode_all([&](const RecordedStatement& statement, const BinlogEvent& event) {
    const auto* changed = std::get_if<RowsEvent>(&event.body);
    if (changed == nullptr || statement.sql.find("every_type") == std::string::npos) return;
    if (statement.sql != sql) rows = 0;
    sql = statement.sql;
    ASSERT_TRUE(changed->count.has_value()) << sql;
    rows += *changed->count;
    if (!changed->ends_statement) return;
    EXPECT_EQ(rows, statement.changed) << sql;
    ++checked;
  });
  EXPECT_EQ(checked, 10u);
}

TEST_F(RecordedLog, EveryKindOfEventIsFound) {
  std::vector<std::size_t> counts(std::variant_size_v<EventBody>);
  decode_all([&](const RecordedStatement&, const BinlogEvent& event) {
    ++counts[event.body.index()];
    EXPECT_EQ(event.header.server_id, 7u);
  });
  const auto count = [&]<typename Body>(Body) { return counts[EventBody(Body{}).index()]; };
  EXPECT_EQ(count(FormatDescription{}), 1u);
  EXPECT_EQ(count(GtidListEvent{}), 1u);
  EXPECT_GT(count(GtidEvent{}), 20u);
  EXPECT_GT(count(QueryEvent{}), 10u);
  EXPECT_GT(count(AnnotateRowsEvent{}), 10u);
  EXPECT_GT(count(TableMapEvent{}), 10u);
  EXPECT_GT(count(RowsEvent{}), 10u);
  EXPECT_GT(count(XidEvent{}), 10u);
  EXPECT_EQ(count(IntVarEvent{}), 1u);
  EXPECT_EQ(count(XaPrepareEvent{}), 1u);
}

TEST_F(RecordedLog, TheFormatSaysHowItIsChecked) {
  decode_all([&](const RecordedStatement&, const BinlogEvent& event) {
    const auto* format = std::get_if<FormatDescription>(&event.body);
    if (format == nullptr) return;
    EXPECT_EQ(format->version, 4);
    EXPECT_EQ(format->server_version, "10.11.19-MariaDB-0+deb12u1-log");
    EXPECT_EQ(format->checksum, ChecksumAlgorithm::Crc32);
  });
}

TEST_F(RecordedLog, TransactionsBeginWithTheirGtid) {
  with_event<GtidEvent>("CREATE DATABASE", [](const EventHeader&, const GtidEvent& event) {
    EXPECT_EQ(event.gtid, (Gtid{0, 7, 1}));
    EXPECT_TRUE(event.standalone);
    EXPECT_TRUE(event.ddl);
  });
  with_event<GtidEvent>("DELETE FROM every_type WHERE",
                        [](const EventHeader&, const GtidEvent& event) {
                          EXPECT_FALSE(event.standalone);
                          EXPECT_FALSE(event.ddl);
                          EXPECT_TRUE(event.transactional);
                        });
  with_event<GtidEvent>("XA PREPARE", [](const EventHeader&, const GtidEvent& event) {
    EXPECT_TRUE(event.xa_prepare);
  });
  with_event<GtidEvent>("XA COMMIT", [](const EventHeader&, const GtidEvent& event) {
    EXPECT_TRUE(event.xa_complete);
    EXPECT_TRUE(event.standalone);
  });
}

TEST_F(RecordedLog, TextsAreWhatTheClientSent) {
  with_event<AnnotateRowsEvent>(
      "a comment", [](const EventHeader&, const AnnotateRowsEvent& event) {
        EXPECT_EQ(event.text,
                  "/* a comment */ INSERT INTO item (name, stock) VALUES ('lamp', 1), "
                  "('chair', 2) -- two");
      });
  with_event<QueryEvent>("('bed', 1)", [](const EventHeader&, const QueryEvent& event) {
    EXPECT_EQ(event.text, "INSERT INTO item (name, stock) VALUES ('bed', 1)");
    EXPECT_EQ(event.schema, "shop");
    EXPECT_GT(event.thread_id, 0u);
    EXPECT_EQ(event.error_code, 0);
  });
  with_event<IntVarEvent>("('bed', 1)", [](const EventHeader&, const IntVarEvent& event) {
    EXPECT_EQ(event.kind, IntVarEvent::Kind::InsertId);
    EXPECT_EQ(event.value, 10u);
  });
}

TEST_F(RecordedLog, TablesHaveTheirColumns) {
  with_event<TableMapEvent>("INSERT INTO item", [](const EventHeader&, const TableMapEvent& event) {
    EXPECT_EQ(event.table->schema, "shop");
    EXPECT_EQ(event.table->name, "item");
    EXPECT_THAT(event.table->columns,
                ::testing::ElementsAre(ColumnFormat{3, 0, false}, ColumnFormat{15, 80, true},
                                       ColumnFormat{3, 0, true}));
  });
}

TEST_F(RecordedLog, ACutOrChangedEventIsRefused) {
  for (const RecordedStatement& statement : log_) {
    for (const Bytes& bytes : statement.events) {
      BinlogDecoder decoder;
      ASSERT_TRUE(decoder.decode(log_[0].events[0]).ok());
      const Bytes cut(bytes.begin(), bytes.end() - 1);
      EXPECT_EQ(decoder.decode(cut).error().kind, ErrorKind::Malformed);
      if (&bytes == &log_[0].events[0]) continue;  // its checksum is not read
      Bytes changed = bytes;
      changed[changed.size() / 2] ^= 1;
      EXPECT_EQ(decoder.decode(changed).error().kind, ErrorKind::Malformed);
    }
  }
}

TEST(BinlogDecoder, FindsTheChecksumOfTheFirstRotate) {
  BinlogDecoder decoder;
  Bytes body;
  ByteWriter writer(body);
  writer.u64(4);
  writer.text("binlog.000001");
  const Bytes checked = make_event(4, body);
  Result<BinlogEvent> event = decoder.decode(checked);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(std::get<RotateEvent>(event->body).file, "binlog.000001");
  EXPECT_EQ(std::get<RotateEvent>(event->body).position, 4u);
}

TEST(BinlogDecoder, RowsNeedTheirTable) {
  BinlogDecoder decoder;
  Bytes body;
  ByteWriter writer(body);
  writer.integer(5, 6);
  writer.u16(1);
  writer.u8(1);
  EXPECT_EQ(decoder.decode(make_event(23, body)).error().kind, ErrorKind::Malformed);
}

TEST(BinlogDecoder, AnEventMayEndAStatementWithoutRows) {
  BinlogDecoder decoder;
  Bytes body;
  ByteWriter writer(body);
  writer.integer(0xffffff, 6);
  writer.u16(1);
  writer.u8(0);
  const Bytes bytes = make_event(23, body);
  Result<BinlogEvent> event = decoder.decode(bytes);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(std::get<RowsEvent>(event->body).count, 0u);
  EXPECT_TRUE(std::get<RowsEvent>(event->body).ends_statement);
}

TEST(BinlogDecoder, UncompressesRows) {
  BinlogDecoder decoder;
  Bytes table;
  ByteWriter writer(table);
  writer.integer(5, 6);
  writer.u16(0);
  writer.u8(1);
  writer.text("s");
  writer.u8(0);
  writer.u8(1);
  writer.text("t");
  writer.u8(0);
  writer.u8(1);  // one column, INT, no metadata, nullable
  writer.u8(3);
  writer.u8(0);
  writer.u8(1);
  const Bytes mapped = make_event(19, table);
  ASSERT_TRUE(decoder.decode(mapped).ok());
  Bytes rows;
  ByteWriter row_writer(rows);
  row_writer.integer(5, 6);
  row_writer.u16(1);
  row_writer.u8(1);  // one column, and the image has it
  row_writer.u8(1);
  const Bytes images = {0, 5, 0, 0, 0, 0, 6, 0, 0, 0};
  Bytes packed(::compressBound(images.size()));
  auto packed_size = static_cast<uLongf>(packed.size());
  ASSERT_EQ(::compress(packed.data(), &packed_size, images.data(), images.size()), Z_OK);
  row_writer.u8(0x81);
  row_writer.u8(static_cast<std::uint8_t>(images.size()));
  row_writer.bytes(ByteView(packed).first(packed_size));
  const Bytes bytes = make_event(166, rows);
  Result<BinlogEvent> event = decoder.decode(bytes);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(std::get<RowsEvent>(event->body).count, 2u);
  EXPECT_EQ(std::get<RowsEvent>(event->body).table->name, "t");
}

TEST(BinlogDecoder, RefusesWhatClaimsToUncompressToMoreThanItCan) {
  BinlogDecoder decoder;
  Bytes body;
  ByteWriter writer(body);
  writer.zeros(13);  // no schema, no status variables, and the zero behind the schema
  writer.zeros(1);
  writer.u8(0x84);
  writer.u32(0xffffff03);  // more than 3 MiB, of two bytes
  writer.text("xx");
  EXPECT_EQ(decoder.decode(make_event(165, body)).error().kind, ErrorKind::Malformed);
}

// Found by fuzz_binlog.
TEST(BinlogDecoder, TakesLogsOfBothFlavours) {
  const Bytes mariadb = recorded_log()[0].events[0];
  Bytes mysql = mariadb;
  const std::string_view name = "MariaDB";
  const auto at = std::search(mysql.begin(), mysql.end(), name.begin(), name.end());
  ASSERT_NE(at, mysql.end());
  std::ranges::copy(as_bytes("8.4.0-x"), at);
  Bytes map;
  ByteWriter writer(map);
  writer.integer(5, 6);
  writer.u16(0);
  writer.bytes(Bytes{1, 's', 0, 1, 't', 0, 1, 12, 0, 1});  // a column, DATETIME of old servers
  const Bytes table = make_event(19, map);
  BinlogDecoder decoder;
  for (const bool is_mysql : {false, true, false, true}) {
    const Result<BinlogEvent> format = decoder.decode(is_mysql ? mysql : mariadb);
    ASSERT_TRUE(format.ok());
    EXPECT_EQ(std::get<FormatDescription>(format->body).flavour == Flavour::MySql, is_mysql);
    const Result<BinlogEvent> event = decoder.decode(table);
    ASSERT_TRUE(event.ok());
    const ColumnFormat& column = std::get<TableMapEvent>(event->body).table->columns[0];
    EXPECT_EQ(column.old_digits.has_value(), is_mysql);
  }
}

TEST(RowImage, SizesOfValuesThatNeedTheirMetadata) {
  struct Case {
    std::uint8_t type;
    std::uint16_t metadata;
    Bytes bytes;
    std::optional<std::size_t> size;
  };
  const std::vector<Case> cases = {
      {246, 0x1e0a, {}, 9 + 5},              // DECIMAL(30,10)
      {246, 0x0300, {}, 2},                  // DECIMAL(3,0)
      {246, 0x0a0a, {}, 5},                  // DECIMAL(10,10)
      {16, 0x0102, {}, 3},                   // BIT(17)
      {16, 0x0001, {}, 1},                   // BIT(8)
      {254, 0xfe0a, {3, 'a', 'b', 'c'}, 4},  // CHAR(10), one byte a character
      {254, 0xcefc, {0x2c, 0x01}, 2 + 300},  // CHAR(255) utf8mb4: 1020 bytes
      {254, 0xf701, {}, 1},                  // ENUM
      {254, 0xf802, {}, 2},                  // SET
      {15, 255, {9}, 10},                    // VARCHAR
      {15, 256, {9, 1}, 2 + 265},            // VARCHAR of more than 255 bytes
      {252, 3, {1, 0, 1}, 3 + 65537},        // MEDIUMBLOB
      {252, 5, {}, std::nullopt},            // no such blob
      {17, 0, {}, 4},
      {17, 5, {}, 7},  // TIMESTAMP
      {18, 3, {}, 7},
      {19, 6, {}, 6},             // DATETIME, TIME
      {12, 0, {}, std::nullopt},  // of an old form
      {99, 0, {}, std::nullopt},  // not known
  };
  for (const Case& c : cases)
    EXPECT_EQ(value_size({c.type, c.metadata, true}, c.bytes), c.size)
        << int{c.type} << " " << c.metadata;
}

}  // namespace
}  // namespace understudy::replication

#include <gmock/gmock.h>
#include <zstd.h>

#include "conversation.h"
#include "replication/binlog_event.h"
#include "replication/event_unpacker.h"
#include "replication/query_status.h"
#include "replication/transaction_payload.h"

namespace understudy::replication {
namespace {

using test::from_hex;

Bytes event_of(std::uint8_t type, ByteView body) {
  Bytes event;
  ByteWriter writer(event);
  writer.u32(0);
  writer.u8(type);
  writer.u32(7);
  writer.u32(static_cast<std::uint32_t>(19 + body.size()));
  writer.u32(0);
  writer.u16(0);
  writer.bytes(body);
  return event;
}

// What it returns has no views into the event, or they are not looked at.
template <typename Body>
Body decode(std::uint8_t type, ByteView body) {
  BinlogDecoder decoder;
  const Bytes bytes = event_of(type, body);
  Result<BinlogEvent> event = decoder.decode_inner(bytes);
  EXPECT_TRUE(event.ok()) << event.error().message;
  return event.ok() ? std::get<Body>(event->body) : Body{};
}

// These were recorded from MySQL 9.7.
TEST(MySqlEvents, Gtid) {
  const auto event = decode<MySqlGtidEvent>(
      33,
      from_hex("00b0582c4be9bf11f1a94f02fc00000001030000000000000002020000000000000003000000000000"
               "00b098dc7d316106fc220150620100"));
  ASSERT_TRUE(event.gtid.has_value());
  EXPECT_EQ(to_string(*event.gtid), "b0582c4b-e9bf-11f1-a94f-02fc00000001:3");
  EXPECT_EQ(event.last_committed, 2);
  EXPECT_EQ(event.sequence_number, 3);
  EXPECT_EQ(event.committed_here, 0x0661317ddc98b0u);
  EXPECT_EQ(event.committed_first, event.committed_here);
  EXPECT_EQ(event.size, 0x122u);
}

TEST(MySqlEvents, TaggedGtid) {
  const auto event = decode<MySqlGtidEvent>(
      42,
      from_hex("027200000002c102b05896a503fd0222c503a5029e04f103000000020404060a6d7974616708080a10"
               "0c7f7faddc7d316106108d041283120b"));
  ASSERT_TRUE(event.gtid.has_value());
  EXPECT_EQ(to_string(*event.gtid), "b0582c4b-e9bf-11f1-a94f-02fc00000001:mytag:1");
  EXPECT_EQ(event.last_committed, 2);
  EXPECT_EQ(event.sequence_number, 4);
  EXPECT_EQ(event.committed_here, 0x0661317ddcad7fu);
  EXPECT_EQ(event.size, 291u);
}

TEST(MySqlEvents, PreviousGtids) {
  const auto event = decode<PreviousGtidsEvent>(
      35, from_hex(
              "0102000000000001b0582c4be9bf11f1a94f02fc00000001000100000000000000010000000000000006"
              "00000000000000b0582c4be9bf11f1a94f02fc000000010a6d7974616701000000000000000100000000"
              "0000000300000000000000"));
  EXPECT_EQ(to_string(event.gtids), "b0582c4b-e9bf-11f1-a94f-02fc00000001:1-5:mytag:1-2");
}

TEST(MySqlEvents, SetsAreReadAsTheyAreWritten) {
  const auto uuid = [](std::uint8_t byte) {
    std::array<std::uint8_t, 16> all{};
    all.fill(byte);
    return all;
  };
  const std::vector<MySqlGtidRange> sets[] = {
      {},
      {{uuid(1), "", 1, 5}},
      {{uuid(1), "", 1, 5}, {uuid(1), "", 7, 7}, {uuid(2), "", 1, 1}},
      {{uuid(1), "", 1, 5},
       {uuid(1), "a_tag", 1, 2},
       {uuid(1), "a_tag", 9, 9},
       {uuid(2), "", 1, 1}}};
  for (const std::vector<MySqlGtidRange>& set : sets) {
    Bytes bytes;
    append_gtid_set(bytes, set);
    const auto read = read_gtid_set(bytes);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, set);
  }
  // As the server above wrote it.
  Bytes bytes;
  append_gtid_set(bytes, sets[3]);
  EXPECT_EQ(ByteReader(bytes).u64(), 0x0100000000000301u);
}

TEST(MySqlEvents, RowsQueryAndHeartbeat) {
  BinlogDecoder decoder;
  const Bytes query = event_of(29, as_bytes("\x08SELECT 1"));
  const Result<BinlogEvent> first = decoder.decode_inner(query);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(std::get<AnnotateRowsEvent>(first->body).text, "SELECT 1");
  const Bytes beat = event_of(41, as_bytes("\x01\x06"
                                           "bin.01\x02\x03\xfc\x10\x02"));
  const Result<BinlogEvent> second = decoder.decode_inner(beat);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(std::get<HeartbeatEvent>(second->body).file, "bin.01");
  EXPECT_EQ(std::get<HeartbeatEvent>(second->body).position, 0x210u);
}

TEST(MySqlEvents, CutShort) {
  BinlogDecoder decoder;
  for (const int type : {33, 34, 35, 38, 39, 42}) {
    const Result<BinlogEvent> event =
        decoder.decode_inner(event_of(static_cast<std::uint8_t>(type), as_bytes("\x01\x02\x03")));
    EXPECT_EQ(event.error().kind, ErrorKind::Malformed) << type;
  }
}

TEST(QueryStatus, TellsHowTheTextIsRead) {
  QueryEvent query;
  // Flags; sql_mode with ANSI_QUOTES; catalog; auto increment; gbk.
  read_query_status(from_hex("0000000000"
                             "010400000000000000"
                             "0603737464"
                             "0301000200"
                             "041c001c000800"
                             "63"),
                    query);
  EXPECT_EQ(query.sql_mode, 4u);
  EXPECT_EQ(query.client_collation, 28);
  EXPECT_TRUE(modes_of(query).ansi_quotes);
  EXPECT_TRUE(modes_of(query).multibyte_quotes);
  QueryEvent cut;
  read_query_status(from_hex("000000000001040000"), cut);
  EXPECT_EQ(cut.sql_mode, std::nullopt);
  EXPECT_EQ(modes_of(cut), sql::Modes{});
}

TransactionPayloadEvent payload_of(ByteView packed) {
  TransactionPayloadEvent event;
  event.compression = TransactionPayloadEvent::Compression::Zstd;
  event.payload = packed;
  return event;
}

Bytes compressed(ByteView bytes) {
  Bytes packed(::ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ::ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1);
  EXPECT_EQ(::ZSTD_isError(size), 0u);
  packed.resize(size);
  return packed;
}

TEST(TransactionPayload, GivesItsEventsOneAfterAnother) {
  const Bytes event = event_of(29, Bytes(8000, 'x'));
  Bytes whole;
  constexpr std::size_t kCount = 4000;  // 32 MB
  for (std::size_t i = 0; i < kCount; ++i)
    append(whole, event);
  const Bytes packed = compressed(whole);
  PayloadReader reader;
  ASSERT_TRUE(reader.start(payload_of(packed)).ok());
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto next = reader.next();
    ASSERT_TRUE(next.ok() && *next);
    ASSERT_TRUE(std::ranges::equal(**next, event));
    ASSERT_LT(reader.buffered(), std::size_t{512} * 1024);
  }
  const auto end = reader.next();
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST(TransactionPayload, RefusesWhatIsTooLargeOrBroken) {
  const Bytes event = event_of(29, Bytes(8000, 'x'));
  const Bytes packed = compressed(event);
  PayloadReader small(1000);
  ASSERT_TRUE(small.start(payload_of(packed)).ok());
  EXPECT_EQ(small.next().error().kind, ErrorKind::Exhausted);
  PayloadReader reader;
  ASSERT_TRUE(reader.start(payload_of(ByteView(packed).first(packed.size() - 4))).ok());
  EXPECT_EQ(reader.next().error().kind, ErrorKind::Malformed);
  ASSERT_TRUE(reader.start(payload_of(as_bytes("no zstd at all"))).ok());
  EXPECT_EQ(reader.next().error().kind, ErrorKind::Malformed);
  const Bytes half = compressed(ByteView(event).first(100));
  ASSERT_TRUE(reader.start(payload_of(half)).ok());
  EXPECT_EQ(reader.next().error().kind, ErrorKind::Malformed);
}

TEST(EventUnpackerTest, WhatIsInsideComesInPlaceOfTheWhole) {
  Bytes inner;
  for (const char letter : {'a', 'b', 'c'})
    append(inner, event_of(29, Bytes{1, static_cast<std::uint8_t>(letter)}));
  const Bytes packed = compressed(inner);
  // Fields are a type, a length and a value: the algorithm, both sizes; then comes the payload.
  const auto holding = [&](ByteView bytes) {
    Bytes body{2, 1, 0,
               1, 1, static_cast<std::uint8_t>(bytes.size()),
               3, 1, static_cast<std::uint8_t>(inner.size()),
               0};
    append(body, bytes);
    return event_of(40, body);
  };
  const Bytes event = holding(packed);

  EventUnpacker unpacker({});
  const auto texts = [&](const Bytes& bytes) {
    std::string all;
    EXPECT_TRUE(unpacker.take(bytes).ok());
    for (;;) {
      const auto next = unpacker.next();
      if (!next.ok() || !*next) return all + (next.ok() ? "" : "?");
      EXPECT_EQ((*next)->header.next_position, 0u);
      const auto* query = std::get_if<AnnotateRowsEvent>(&(*next)->body);
      all += query == nullptr ? "-" : query->text;
    }
  };
  EXPECT_EQ(texts(event), "abc");
  EXPECT_FALSE(unpacker.inside());
  EXPECT_EQ(texts(event_of(29, Bytes{1, 'd'})), "d");
  EXPECT_EQ(texts(event), "abc");

  ASSERT_TRUE(unpacker.take(event).ok());
  ASSERT_TRUE(unpacker.next().ok());
  EXPECT_TRUE(unpacker.inside());
  EXPECT_EQ(texts(holding(ByteView(packed).first(packed.size() - 4))).back(), '?');
  EXPECT_FALSE(unpacker.inside());
}

}  // namespace
}  // namespace understudy::replication

#include "protocol/ok_packet.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/lenenc.h"

namespace understudy::protocol {
namespace {

using testing::ElementsAre;

// Spells each change as one line.
class Listing final : public SessionChangeVisitor {
 public:
  std::vector<std::string> lines;

  void on_variable(std::string_view name, std::string_view value) override {
    lines.push_back(std::string(name) + "=" + std::string(value));
  }
  void on_schema(std::string_view schema) override {
    lines.push_back("use " + std::string(schema));
  }
  void on_state_change() override { lines.emplace_back("state"); }
  void on_gtids(std::string_view gtids) override { lines.push_back("gtid " + std::string(gtids)); }
  void on_transaction_characteristics(std::string_view text) override {
    lines.push_back("characteristics " + std::string(text));
  }
  void on_transaction_state(std::string_view text) override {
    lines.push_back("transaction " + std::string(text));
  }
};

std::vector<std::string> list(ByteView changes) {
  Listing listing;
  for_each_session_change(changes, listing);
  return listing.lines;
}

Bytes texts(std::initializer_list<std::string_view> parts) {
  Bytes out;
  for (const std::string_view part : parts)
    append_lenenc_bytes(out, as_bytes(part));
  return out;
}

void add(Bytes& changes, std::uint8_t type, const Bytes& data) {
  changes.push_back(type);
  append_lenenc_bytes(changes, data);
}

// One change of each type; MariaDB packs several variables in one entry.
Bytes all_changes() {
  Bytes changes;
  add(changes, 0, texts({"autocommit", "OFF", "last_gtid", "0-1-2"}));
  add(changes, 1, texts({"shop"}));
  add(changes, 2, texts({"1"}));
  Bytes gtids = {0};
  append(gtids, texts({"uuid:1-5"}));
  add(changes, 3, gtids);
  add(changes, 4, texts({"START TRANSACTION;"}));
  add(changes, 5, texts({"T_______"}));
  return changes;
}

OkPacket full_packet(const Bytes& changes) {
  OkPacket ok;
  ok.affected_rows = 70'000;
  ok.last_insert_id = 0xffffffffffffffff;
  ok.status = kStatusAutocommit | kStatusSessionStateChanged;
  ok.warnings = 3;
  ok.info = "Rows matched: 1";
  ok.session_changes = changes;
  return ok;
}

TEST(OkPacketTest, SurvivesATrackingPeer) {
  const Bytes changes = all_changes();
  for (const std::uint8_t header : {std::uint8_t{0x00}, std::uint8_t{0xfe}}) {
    OkPacket sent = full_packet(changes);
    sent.header = header;
    Bytes payload;
    append_ok_payload(payload, sent, kSessionTrack);
    const auto ok = parse_ok(payload, kSessionTrack);
    ASSERT_TRUE(ok.ok());
    EXPECT_EQ(ok->header, header);
    EXPECT_EQ(ok->affected_rows, sent.affected_rows);
    EXPECT_EQ(ok->last_insert_id, sent.last_insert_id);
    EXPECT_EQ(ok->status, sent.status);
    EXPECT_EQ(ok->warnings, sent.warnings);
    EXPECT_EQ(ok->info, sent.info);
    EXPECT_EQ(list(ok->session_changes), list(changes));
  }
}

TEST(OkPacketTest, TheInformationHasItsLengthBeforeItForEveryPeer) {
  OkPacket ok;
  ok.info = "Records: 2";
  Bytes payload;
  append_ok_payload(payload, ok, 0);
  EXPECT_EQ(as_text(ByteView(payload).last(11)), "\x0aRecords: 2");
}

TEST(OkPacketTest, LosesChangesForAPeerThatDoesNotTrack) {
  const Bytes changes = all_changes();
  Bytes payload;
  append_ok_payload(payload, full_packet(changes), 0);
  const auto ok = parse_ok(payload, 0);
  ASSERT_TRUE(ok.ok());
  EXPECT_EQ(ok->status, kStatusAutocommit);
  EXPECT_EQ(ok->info, "Rows matched: 1");
  // Servers write its length to every peer, and clients skip it (measured on MariaDB 10.11).
  EXPECT_EQ(payload[payload.size() - ok->info.size() - 1], ok->info.size());
  EXPECT_TRUE(ok->session_changes.empty());
}

TEST(OkPacketTest, EveryKindOfChangeIsVisited) {
  EXPECT_THAT(list(all_changes()),
              ElementsAre("autocommit=OFF", "last_gtid=0-1-2", "use shop", "state", "gtid uuid:1-5",
                          "characteristics START TRANSACTION;", "transaction T_______"));
}

TEST(OkPacketTest, OnlyWhatTheClientWouldHaveGotIsKept) {
  Bytes kept;
  append_session_changes(kept, all_changes(),
                         [](std::string_view variable) { return variable == "autocommit"; });
  EXPECT_THAT(list(kept), ElementsAre("autocommit=OFF", "use shop"));
}

TEST(OkPacketTest, ChangesThatAreCutShortArePassedOver) {
  const Bytes changes = all_changes();
  for (std::size_t size = 0; size < changes.size(); ++size)
    EXPECT_LE(list(ByteView(changes).first(size)).size(), 7U);
  EXPECT_TRUE(list(Bytes{0, 5, 0xff, 0xff, 0xff, 0xff, 0xff}).empty());
  EXPECT_TRUE(list(Bytes{99, 1, 0}).empty());
}

TEST(OkPacketTest, EveryTruncationIsRefused) {
  const Bytes changes = all_changes();
  Bytes payload;
  append_ok_payload(payload, full_packet(changes), kSessionTrack);
  const std::size_t fixed = 1 + 4 + 9 + 2 + 2;
  for (std::size_t size = 0; size < fixed; ++size)
    EXPECT_FALSE(parse_ok(ByteView(payload).first(size), kSessionTrack).ok()) << size;
  EXPECT_FALSE(parse_ok(Bytes{0xff, 0, 0, 0, 0, 0, 0}, 0).ok());
}

TEST(LenencTest, EveryWidthSurvives) {
  for (const std::uint64_t value : {0ULL, 250ULL, 251ULL, 65535ULL, 65536ULL, 16777215ULL,
                                    16777216ULL, 18446744073709551615ULL}) {
    Bytes out;
    append_lenenc(out, value);
    ByteReader reader(out);
    EXPECT_EQ(read_lenenc(reader), value);
    EXPECT_EQ(reader.remaining(), 0U);
    EXPECT_FALSE(reader.failed());
  }
}

TEST(LenencTest, WhatIsNotOneFails) {
  const std::vector<Bytes> bad = {{}, {0xfb}, {0xff}, {0xfc, 1}, {0xfd, 1, 2}, {0xfe, 1, 2, 3}};
  for (const Bytes& bytes : bad) {
    ByteReader reader(bytes);
    read_lenenc(reader);
    EXPECT_TRUE(reader.failed());
  }
  ByteReader reader(as_bytes("\x05only"));
  EXPECT_TRUE(read_lenenc_bytes(reader).empty());
  EXPECT_TRUE(reader.failed());
}

TEST(ErrPacketTest, SurvivesTheWire) {
  Error error = make_error(ErrorKind::Server, "Deadlock found");
  error.code = 1213;
  error.sqlstate = "40001";
  Bytes payload;
  append_err_payload(payload, error);
  const auto err = parse_err(payload);
  ASSERT_TRUE(err.ok());
  const Error back = to_error(*err);
  EXPECT_EQ(back.kind, ErrorKind::Server);
  EXPECT_EQ(back.code, 1213);
  EXPECT_EQ(back.sqlstate, "40001");
  EXPECT_EQ(back.message, "Deadlock found");
}

TEST(ErrPacketTest, OneBeforeTheLoginHasNoSqlstate) {
  const auto err = parse_err(as_bytes("\xff\x10\x04Too many connections"));
  ASSERT_TRUE(err.ok());
  EXPECT_EQ(err->code, 1040);
  EXPECT_EQ(err->sqlstate, "HY000");
  EXPECT_EQ(err->message, "Too many connections");
}

TEST(ErrPacketTest, AnErrorWithoutACodeGetsOne) {
  Bytes payload;
  append_err_payload(payload, make_error(ErrorKind::Timeout, "late"));
  EXPECT_EQ(parse_err(payload)->code, 1105);
}

TEST(ErrPacketTest, WhatIsNotOneIsRefused) {
  EXPECT_FALSE(parse_err({}).ok());
  EXPECT_FALSE(parse_err(as_bytes("\xff\x10")).ok());
  EXPECT_FALSE(parse_err(as_bytes("\x01\x10\x04x")).ok());
}

}  // namespace
}  // namespace understudy::protocol

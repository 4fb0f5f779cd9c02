#include "protocol/response_scanner.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "protocol/column.h"
#include "protocol/err_packet.h"
#include "protocol/lenenc.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"
#include "protocol/text_result.h"

namespace understudy::protocol {
namespace {

using testing::ElementsAre;

// Builds a response packet by packet.
class Answer {
 public:
  explicit Answer(std::uint8_t sequence = 1) : sequence_(sequence) {}

  Answer& packet(ByteView payload) {
    append_packet(bytes_, sequence_, payload);
    return *this;
  }
  Answer& ok(std::uint16_t status = 0, std::uint8_t header = 0x00) {
    OkPacket ok;
    ok.header = header;
    ok.status = status;
    ok.warnings = 7;
    Bytes payload;
    append_ok_payload(payload, ok, 0);
    return packet(payload);
  }
  Answer& eof(std::uint16_t status = 0) {
    const auto low = static_cast<std::uint8_t>(status);
    const auto high = static_cast<std::uint8_t>(status >> 8);
    return packet(Bytes{0xfe, 7, 0, low, high});
  }
  Answer& err() {
    Error error = make_error(ErrorKind::Server, "no");
    error.code = 1213;
    Bytes payload;
    append_err_payload(payload, error);
    return packet(payload);
  }
  Answer& columns(std::size_t count) {
    Bytes payload;
    append_lenenc(payload, count);
    packet(payload);
    return definitions(count);
  }
  Answer& definitions(std::size_t count) {
    Bytes payload;
    append_column_payload(payload, ColumnDefinition{});
    for (std::size_t i = 0; i < count; ++i)
      packet(payload);
    return *this;
  }
  Answer& skip_sequence() {
    ++sequence_;
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  std::uint8_t sequence_;
  Bytes bytes_;
};

struct Scanned {
  std::vector<PacketKind> kinds;
  ScanStep final;
  bool failed = false;
  ErrorKind error{};
  std::size_t left = 0;
};

Scanned scan(const Answer& answer, ResponseShape shape, std::uint32_t capabilities = 0,
             std::size_t piece = SIZE_MAX) {
  Scanned scanned;
  ResponseScanner scanner(shape, capabilities);
  ByteView all = answer.bytes();
  while (!all.empty() && !scanner.done()) {
    ByteView input = all.first(std::min(piece, all.size()));
    all = all.subspan(input.size());
    while (!scanner.done()) {
      const auto step = scanner.next(input);
      if (!step) {
        scanned.failed = true;
        scanned.error = step.error().kind;
        return scanned;
      }
      if (!*step) break;
      scanned.final = **step;
      if ((*step)->kind != PacketKind::Raw) scanned.kinds.push_back((*step)->kind);
    }
    scanned.left = input.size() + all.size();
  }
  EXPECT_EQ(scanner.done(), scanned.final.last);
  return scanned;
}

constexpr ResponseShape kQuery = ResponseShape::Query;

TEST(ResponseScannerTest, AnOkHasItsStatusAndWarnings) {
  const Scanned scanned = scan(Answer().ok(kStatusInTransaction), kQuery);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::Ok));
  EXPECT_EQ(scanned.final.status, kStatusInTransaction);
  EXPECT_EQ(scanned.final.warnings, 7);
  EXPECT_TRUE(scanned.final.last);
}

TEST(ResponseScannerTest, AnOkInTheFormOfAnEofMayTellOfTheSession) {
  OkPacket ok;
  ok.header = 0xfe;
  ok.status = kStatusSessionStateChanged;
  const Bytes changes{5, 4, 'S', 'E', 'T', ';'};
  ok.session_changes = changes;
  Bytes payload;
  append_ok_payload(payload, ok, kSessionTrack);
  const Scanned scanned =
      scan(Answer().packet(payload), ResponseShape::OkOrErr, kDeprecateEof | kSessionTrack);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::Ok));
  EXPECT_TRUE(scanned.final.last);
}

TEST(ResponseScannerTest, AnEofHasItsStatusAndWarnings) {
  const Answer answer = Answer().columns(1).eof().packet(as_bytes("\x01x")).eof(2);
  const Scanned scanned = scan(answer, kQuery);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::ColumnsEnd, PacketKind::ResultEnd));
  EXPECT_EQ(scanned.final.status, kStatusAutocommit);
  EXPECT_EQ(scanned.final.warnings, 7);
}

// Its rows come with COM_STMT_FETCH. As MariaDB 10.11 and MySQL 9.7 say it in either form.
TEST(ResponseScannerTest, AnOpenCursorEndsTheAnswer) {
  const Answer classic = Answer().columns(2).eof(kStatusCursorExists);
  const Scanned eof = scan(classic, ResponseShape::Execute);
  EXPECT_THAT(eof.kinds, ElementsAre(PacketKind::ColumnsEnd));
  EXPECT_EQ(eof.final.status, kStatusCursorExists);
  EXPECT_TRUE(eof.final.last);
  const Answer modern = Answer().columns(2).ok(kStatusCursorExists, 0xfe);
  const Scanned ok = scan(modern, ResponseShape::Execute, kDeprecateEof);
  EXPECT_THAT(ok.kinds, ElementsAre(PacketKind::ResultEnd));
  EXPECT_EQ(ok.final.status, kStatusCursorExists);
  EXPECT_TRUE(ok.final.last);
}

TEST(ResponseScannerTest, FetchedRowsHaveNoColumnsBeforeThem) {
  const Answer rows =
      Answer().packet(Bytes{0, 0, 1}).packet(Bytes{0, 0, 2}).eof(kStatusLastRowSent);
  const Scanned scanned = scan(rows, ResponseShape::Rows);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::ResultEnd));
  EXPECT_EQ(scanned.final.status, kStatusLastRowSent);
  EXPECT_TRUE(scan(Answer().err(), ResponseShape::Rows).final.last);
}

TEST(ResponseScannerTest, RowsComeAsOneRunWithTheColumnsBeforeThem) {
  const Answer answer = Answer().columns(1).packet(as_bytes("\x01x")).ok(0, 0xfe);
  ResponseScanner scanner(kQuery, kDeprecateEof);
  ByteView input = answer.bytes();
  const auto raw = scanner.next(input);
  ASSERT_TRUE(raw.ok() && *raw);
  EXPECT_EQ((*raw)->kind, PacketKind::Raw);
  const auto end = scanner.next(input);
  ASSERT_TRUE(end.ok() && *end);
  EXPECT_EQ((*end)->kind, PacketKind::ResultEnd);
  EXPECT_EQ((*raw)->bytes.size() + (*end)->bytes.size(), answer.bytes().size());
  EXPECT_TRUE(input.empty());
}

TEST(ResponseScannerTest, ARowMayBeginLikeAnEof) {
  // 0xfe announces a string of over 16 MiB: such a row has several frames.
  Bytes row;
  append_lenenc_bytes(row, Bytes(kFramePayloadMax + 1, 'x'));
  ASSERT_EQ(row[0], 0xfe);
  for (const std::uint32_t capabilities : {0u, kDeprecateEof}) {
    Answer answer;
    answer.columns(1);
    if (capabilities == 0) answer.eof();
    answer.packet(row);
    capabilities == 0 ? answer.eof() : answer.ok(0, 0xfe);
    for (const std::size_t piece : {SIZE_MAX, std::size_t{65536}, std::size_t{4093}}) {
      const Scanned scanned = scan(answer, kQuery, capabilities, piece);
      EXPECT_FALSE(scanned.failed);
      EXPECT_EQ(scanned.kinds.back(), PacketKind::ResultEnd);
      EXPECT_EQ(scanned.kinds.size(), capabilities == 0 ? 2U : 1U);
    }
  }
}

TEST(ResponseScannerTest, RowsAroundAFullFrame) {
  for (const std::size_t size : {kFramePayloadMax - 1, kFramePayloadMax, kFramePayloadMax + 1}) {
    const Answer answer = Answer().columns(1).packet(Bytes(size, 0x01)).ok(0, 0xfe);
    for (const std::size_t piece : {SIZE_MAX, std::size_t{65536}}) {
      const Scanned scanned = scan(answer, kQuery, kDeprecateEof, piece);
      EXPECT_FALSE(scanned.failed);
      EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::ResultEnd));
      EXPECT_EQ(scanned.final.rows, 1u);
    }
  }
}

TEST(ResponseScannerTest, TheAnswerToACommandOfTwoFramesStartsWithTwo) {
  Bytes answer;
  std::uint8_t sequence = 2;
  append_packet(answer, sequence, Bytes{0x00, 0, 0, 2, 0, 0, 0});
  for (const std::uint8_t expected : {std::uint8_t{1}, std::uint8_t{2}}) {
    ByteView input = answer;
    EXPECT_EQ(ResponseScanner(ResponseShape::Query, 0, expected).next(input).ok(), expected == 2);
  }
}

TEST(ResponseScannerTest, ManyPacketsWrapTheSequenceNumber) {
  Answer answer;
  answer.columns(1);
  for (int i = 0; i < 1000; ++i)
    answer.packet(as_bytes("\x01x"));
  answer.ok(0, 0xfe);
  for (const std::size_t piece : {SIZE_MAX, std::size_t{3}}) {
    const Scanned scanned = scan(answer, kQuery, kDeprecateEof, piece);
    EXPECT_FALSE(scanned.failed);
    EXPECT_EQ(scanned.final.rows, 1000u);
  }
}

TEST(ResponseScannerTest, EachResultHasItsOwnRows) {
  Answer answer;
  answer.columns(1).eof().packet(as_bytes("\x01x")).packet(as_bytes("\x01y")).eof(8);
  answer.columns(1).eof().packet(as_bytes("\x01z")).eof();
  EXPECT_EQ(scan(answer, kQuery).final.rows, 1u);
}

TEST(ResponseScannerTest, AnErrorMayComeBetweenRows) {
  const Answer answer = Answer().columns(1).eof().packet(as_bytes("\x01x")).err();
  const Scanned scanned = scan(answer, kQuery);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::ColumnsEnd, PacketKind::Err));
  EXPECT_TRUE(scanned.final.last);
  EXPECT_EQ(parse_err(scanned.final.payload)->code, 1213);
}

TEST(ResponseScannerTest, MoreResultsGoOn) {
  const Answer answer = Answer().ok(kStatusMoreResults).columns(1).eof().eof(8).err();
  EXPECT_THAT(scan(answer, kQuery).kinds, ElementsAre(PacketKind::Ok, PacketKind::ColumnsEnd,
                                                      PacketKind::ResultEnd, PacketKind::Err));
}

TEST(ResponseScannerTest, AServerMayAskForAFile) {
  // The client answers with packets of its own, which take sequence numbers.
  const Answer answer = Answer().packet(as_bytes("\xfb/tmp/file")).skip_sequence().ok();
  const Scanned scanned = scan(answer, kQuery);
  EXPECT_FALSE(scanned.failed);
  EXPECT_THAT(scanned.kinds, ElementsAre(PacketKind::LocalInfile, PacketKind::Ok));
}

TEST(ResponseScannerTest, WhatFollowsTheResponseIsLeft) {
  Answer answer;
  answer.ok();
  const Scanned scanned = scan(Answer(answer).packet(as_bytes("next")), kQuery);
  EXPECT_TRUE(scanned.final.last);
  EXPECT_EQ(scanned.left, 8U);
}

TEST(ResponseScannerTest, OurOwnResultSetsAreScanned) {
  for (const std::uint32_t capabilities : {0u, kDeprecateEof, kDeprecateEof | kSessionTrack}) {
    const std::string_view names[] = {"a", "b"};
    const std::optional<std::string_view> values[] = {"1", std::nullopt};
    TextResultBuilder builder(capabilities);
    builder.columns(names, kStatusAutocommit);
    builder.row(values);
    builder.row(names);
    const Bytes bytes = std::move(builder).finish(kStatusAutocommit);
    ResponseScanner scanner(kQuery, capabilities);
    ByteView input = bytes;
    ScanStep step;
    while (!scanner.done()) {
      const auto next = scanner.next(input);
      ASSERT_TRUE(next.ok() && *next);
      step = **next;
    }
    EXPECT_EQ(step.kind, PacketKind::ResultEnd);
    EXPECT_EQ(step.status, kStatusAutocommit);
    EXPECT_TRUE(input.empty());
  }
}

// --- lies ---

void expect_malformed(const Answer& answer, ResponseShape shape, std::uint32_t capabilities = 0) {
  for (const std::size_t piece : {SIZE_MAX, std::size_t{1}}) {
    const Scanned scanned = scan(answer, shape, capabilities, piece);
    EXPECT_TRUE(scanned.failed);
    EXPECT_EQ(scanned.error, ErrorKind::Malformed);
  }
}

TEST(ResponseScannerTest, AWrongSequenceNumberIsMalformed) {
  expect_malformed(Answer(2).ok(), kQuery);
  expect_malformed(Answer().columns(1).skip_sequence().eof(), kQuery);
}

TEST(ResponseScannerTest, AColumnCountMustBeOne) {
  expect_malformed(Answer().packet(Bytes{0xfd, 0xff, 0xff, 0xff}), kQuery);
  expect_malformed(Answer().packet(Bytes{0x01, 0x02}), kQuery);
  expect_malformed(Answer().packet(Bytes{0x05}), ResponseShape::OkOrErr);
}

TEST(ResponseScannerTest, EmptyAndShortPacketsAreMalformed) {
  expect_malformed(Answer().packet({}).ok(), kQuery);
  expect_malformed(Answer().packet({}), kQuery);
  expect_malformed(Answer().packet(Bytes{0x00, 0x00}), kQuery);
  expect_malformed(Answer().packet(Bytes{0xfe, 0x00}), kQuery);
  expect_malformed(Answer().packet(Bytes{0xff}), kQuery);
  expect_malformed(Answer().packet(Bytes{0xff, 0x10}), ResponseShape::OkOrErr);
  expect_malformed(Answer().packet(Bytes{0x00, 1, 0, 0, 0}), ResponseShape::Prepare);
}

TEST(ResponseScannerTest, ColumnDefinitionsMustEndWhenTheyShould) {
  expect_malformed(Answer().columns(1).packet(as_bytes("more")), kQuery);
  expect_malformed(Answer().packet(Bytes{2}).definitions(1).eof(), kQuery);
  expect_malformed(Answer().packet(Bytes{2}).definitions(1).eof(), kQuery, kDeprecateEof);
}

TEST(ResponseScannerTest, AControlPacketHasALimit) {
  // Only the claim is sent: nothing may be held for it.
  const Bytes claim = {0xff, 0xff, 0x1f, 0x01, 0xff, 0x10, 0x04};
  ResponseScanner scanner(kQuery, 0);
  ByteView input = claim;
  const auto step = scanner.next(input);
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.error().kind, ErrorKind::Malformed);
}

// --- shapes ---

TEST(ResponseScannerTest, PrepareEndsAfterTheDefinitionsThatItAnnounces) {
  struct Case {
    std::uint8_t columns, parameters;
  };
  for (const Case& counts : {Case{0, 0}, Case{2, 0}, Case{0, 2}, Case{2, 3}}) {
    for (const std::uint32_t capabilities : {0u, kDeprecateEof}) {
      Answer answer;
      answer.packet(Bytes{0, 9, 0, 0, 0, counts.columns, 0, counts.parameters, 0, 0, 0, 0});
      for (const std::size_t count : {counts.parameters, counts.columns}) {
        answer.definitions(count);
        if (count > 0 && capabilities == 0) answer.eof();
      }
      const Scanned scanned = scan(answer, ResponseShape::Prepare, capabilities);
      EXPECT_FALSE(scanned.failed);
      EXPECT_TRUE(scanned.final.last);
      EXPECT_EQ(scanned.left, 0U);
      EXPECT_EQ(scanned.kinds.front(), PacketKind::PrepareOk);
    }
  }
}

TEST(ResponseScannerTest, CommandsHaveTheirShapes) {
  EXPECT_EQ(shape_of(Command::Query), ResponseShape::Query);
  EXPECT_EQ(shape_of(Command::StmtExecute), ResponseShape::Execute);
  EXPECT_EQ(shape_of(Command::StmtFetch), ResponseShape::Rows);
  EXPECT_EQ(shape_of(Command::StmtPrepare), ResponseShape::Prepare);
  EXPECT_EQ(shape_of(Command::StmtClose), ResponseShape::None);
  EXPECT_EQ(shape_of(Command::StmtSendLongData), ResponseShape::None);
  EXPECT_EQ(shape_of(Command::Quit), ResponseShape::None);
  EXPECT_EQ(shape_of(Command::Statistics), ResponseShape::Text);
  EXPECT_EQ(shape_of(Command::FieldList), ResponseShape::FieldList);
  EXPECT_EQ(shape_of(Command::InitDb), ResponseShape::OkOrErr);
  EXPECT_EQ(shape_of(Command::ResetConnection), ResponseShape::OkOrErr);
}

TEST(ResponseScannerTest, NoResponseIsOverBeforeItBegins) {
  EXPECT_TRUE(ResponseScanner(ResponseShape::None, 0).done());
}

}  // namespace
}  // namespace understudy::protocol

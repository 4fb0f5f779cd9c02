#include "backend/warning_list.h"

#include <gtest/gtest.h>

#include "protocol/constants.h"
#include "protocol/ok_packet.h"
#include "protocol/packet.h"

namespace understudy::backend {
namespace {

Bytes answer_ending_with(ByteView end) {
  Bytes answer;
  std::uint8_t sequence = 1;
  for (const std::string_view packet : {"\x01", "column", "row"})
    protocol::append_packet(answer, sequence, as_bytes(packet));
  protocol::append_packet(answer, sequence, end);
  return answer;
}

TEST(WarningListTest, AKeptAnswerGetsTheStatusOfTheSession) {
  const auto answer = [](std::uint16_t status) {
    const auto low = static_cast<std::uint8_t>(status),
               high = static_cast<std::uint8_t>(status >> 8);
    Bytes bytes;
    std::uint8_t sequence = 1;
    protocol::append_packet(bytes, sequence, Bytes{1});
    protocol::append_packet(bytes, sequence, as_bytes("a column"));
    protocol::append_packet(bytes, sequence, Bytes{0xfe, 0, 0, low, high});
    protocol::append_packet(bytes, sequence, as_bytes("a row"));
    protocol::append_packet(bytes, sequence, Bytes{0xfe, 1, 0, low, high});
    return bytes;
  };
  EXPECT_EQ(with_status(answer(2), 0x0103), answer(0x0103));
}

TEST(WarningListTest, SoDoesOneThatEndsWithAnOk) {
  const auto ending = [](std::uint16_t status) {
    protocol::OkPacket ok;
    ok.header = 0xfe;
    ok.status = status;
    ok.warnings = 1;
    Bytes payload;
    protocol::append_ok_payload(payload, ok, protocol::kDeprecateEof);
    return answer_ending_with(payload);
  };
  EXPECT_EQ(with_status(ending(2), 3), ending(3));
}

TEST(WarningListTest, WhatIsNoAnswerStaysAsItIs) {
  for (const Bytes& bytes : {Bytes(), Bytes{1, 0, 0}, Bytes{200, 0, 0, 1, 0xfe}})
    EXPECT_EQ(with_status(bytes, 3), bytes);
}

}  // namespace
}  // namespace understudy::backend

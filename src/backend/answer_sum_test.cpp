#include "backend/answer_sum.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "protocol/ok_packet.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint32_t kCapabilities =
    protocol::kProtocol41 | protocol::kSessionTrack | protocol::kDeprecateEof;

void add_raw(AnswerSum& sum, ByteView bytes) {
  protocol::ScanStep step;
  step.bytes = bytes;
  sum.add(step, kCapabilities);
}

std::uint64_t sum_of_ok(const protocol::OkPacket& ok) {
  Bytes payload;
  protocol::append_ok_payload(payload, ok, kCapabilities);
  protocol::ScanStep step;
  step.kind = PacketKind::Ok;
  step.payload = payload;
  step.status = ok.status;
  step.warnings = ok.warnings;
  AnswerSum sum;
  sum.add(step, kCapabilities);
  EXPECT_EQ(sum.insert_id(), ok.last_insert_id);
  return sum.value();
}

TEST(AnswerSumTest, DoesNotDependOnHowTheBytesAreSplit) {
  Random random(1);
  Bytes bytes(1000);
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random.below(256));
  AnswerSum whole;
  add_raw(whole, bytes);
  for (int round = 0; round < 200; ++round) {
    AnswerSum split;
    for (ByteView rest = bytes; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(1 + random.below(40), rest.size());
      add_raw(split, rest.first(size));
      rest = rest.subspan(size);
    }
    EXPECT_EQ(split.value(), whole.value());
  }
}

TEST(AnswerSumTest, DependsOnEveryBitOfTheRows) {
  Bytes bytes(37, 0);
  AnswerSum zeros;
  add_raw(zeros, bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<std::uint8_t>(1u << (bit % 8));
    AnswerSum other;
    add_raw(other, bytes);
    EXPECT_NE(other.value(), zeros.value());
    bytes[bit / 8] = 0;
  }
  AnswerSum longer;
  add_raw(longer, Bytes(38, 0));
  EXPECT_NE(longer.value(), zeros.value());
}

TEST(AnswerSumTest, OfAnOkCountsWhatTheClientLearnsOfItsData) {
  protocol::OkPacket ok;
  ok.affected_rows = 3;
  ok.last_insert_id = 12;
  ok.status = protocol::kStatusInTransaction;
  ok.info = "Records: 3";
  const std::uint64_t base = sum_of_ok(ok);
  protocol::OkPacket other = ok;
  other.status = protocol::kStatusAutocommit;
  EXPECT_EQ(sum_of_ok(other), base) << "the moment's status says nothing of data";
  other = ok;
  other.affected_rows = 4;
  EXPECT_NE(sum_of_ok(other), base);
  other = ok;
  other.last_insert_id = 13;
  EXPECT_NE(sum_of_ok(other), base);
  other = ok;
  other.warnings = 1;
  EXPECT_NE(sum_of_ok(other), base);
  other = ok;
  other.info = "Records: 4";
  EXPECT_NE(sum_of_ok(other), base);
}

TEST(AnswerSumTest, OfAnErrorCountsTheCode) {
  const auto sum_of = [](std::uint16_t code, const char* message) {
    Bytes payload;
    protocol::append_err_payload(payload, make_error(ErrorKind::Server, code, "23000", message));
    protocol::ScanStep step;
    step.kind = PacketKind::Err;
    step.payload = payload;
    AnswerSum sum;
    sum.add(step, kCapabilities);
    return sum.value();
  };
  EXPECT_EQ(sum_of(1062, "on db1"), sum_of(1062, "on db2"));
  EXPECT_NE(sum_of(1062, "x"), sum_of(1048, "x"));
}

}  // namespace
}  // namespace understudy::backend

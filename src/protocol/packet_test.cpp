#include "protocol/packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/packet_reader.h"

namespace understudy::protocol {
namespace {

constexpr std::size_t kLimit = 64 * 1024 * 1024;

Bytes query(std::string_view sql) {
  Bytes out;
  append_query(out, sql);
  return out;
}

TEST(PayloadOf, JoinsTheFramesOfAPacket) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, kFramePayloadMax - 1,
                                 kFramePayloadMax, kFramePayloadMax + 7}) {
    const Bytes payload(size, 'x');
    Bytes framed;
    std::uint8_t sequence = 0;
    append_packet(framed, sequence, payload);
    EXPECT_EQ(payload_of(framed), payload) << size;
  }
  EXPECT_EQ(payload_of(Bytes{9, 0, 0, 0, 'c', 'u', 't'}), (Bytes{'c', 'u', 't'}));
}

TEST(PacketAssemblerTest, AWholeCommandComesWithItsFrame) {
  PacketAssembler assembler(kLimit);
  const Bytes bytes = query("SELECT 1");
  assembler.feed(bytes);
  const auto packet = assembler.next();
  ASSERT_TRUE(packet.ok() && *packet);
  EXPECT_EQ(as_text((*packet)->payload), "\x03SELECT 1");
  EXPECT_TRUE(std::ranges::equal((*packet)->framed, bytes));
  EXPECT_EQ(assembler.buffered_bytes(), 0U);
}

TEST(PacketAssemblerTest, PacketsOutliveTheBytesFedAndLaterFeeding) {
  PacketAssembler assembler(kLimit);
  Bytes bytes = query("SELECT 1");
  assembler.feed(bytes);
  const auto packet = assembler.next();
  ASSERT_TRUE(packet.ok() && *packet);
  std::ranges::fill(bytes, std::uint8_t{0xee});
  const Bytes more = query(std::string(100'000, 'x'));
  assembler.feed(more);
  assembler.keep_rest();
  EXPECT_EQ(as_text((*packet)->payload), "\x03SELECT 1");
  EXPECT_EQ(assembler.buffered_bytes(), more.size());
}

TEST(PacketAssemblerTest, PipelinedCommandsStayQueuedInOrder) {
  PacketAssembler assembler(kLimit);
  Bytes bytes = query("one");
  append(bytes, query("two"));
  append(bytes, ByteView(query("three")).first(6));
  assembler.feed(bytes);
  EXPECT_EQ(as_text((*assembler.next())->payload), "\x03one");
  assembler.keep_rest();
  std::ranges::fill(bytes, std::uint8_t{0xee});
  EXPECT_EQ(as_text((*assembler.next())->payload), "\x03two");
  EXPECT_FALSE(*assembler.next());
  EXPECT_EQ(assembler.buffered_bytes(), 6U);
  const Bytes three = query("three");
  assembler.feed(ByteView(three).subspan(6));
  EXPECT_EQ(as_text((*assembler.next())->payload), "\x03three");
}

TEST(PacketAssemblerTest, OneByteAtATime) {
  PacketAssembler assembler(kLimit);
  const Bytes bytes = query("SELECT 1");
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    assembler.feed(ByteView(bytes).subspan(i, 1));
    ASSERT_FALSE(*assembler.next());
  }
  assembler.feed(ByteView(bytes).last(1));
  EXPECT_EQ(as_text((*assembler.next())->payload), "\x03SELECT 1");
}

TEST(PacketAssemblerTest, PayloadsAroundAFullFrameAreJoined) {
  for (const std::size_t size : {kFramePayloadMax - 1, kFramePayloadMax, kFramePayloadMax + 1}) {
    const Bytes payload(size, 0x5a);
    Bytes framed;
    std::uint8_t sequence = 0;
    append_packet(framed, sequence, payload);
    EXPECT_EQ(sequence, size < kFramePayloadMax ? 1 : 2);
    EXPECT_EQ(answer_sequence(framed), sequence);
    PacketAssembler assembler(kLimit);
    assembler.feed(ByteView(framed).first(1'000'000));
    ASSERT_FALSE(*assembler.next());
    assembler.feed(ByteView(framed).subspan(1'000'000));
    const auto packet = assembler.next();
    ASSERT_TRUE(packet.ok() && *packet);
    EXPECT_TRUE(std::ranges::equal((*packet)->payload, payload));
    EXPECT_TRUE(std::ranges::equal((*packet)->framed, framed));
    EXPECT_EQ((*packet)->sequence, sequence - 1);
    PacketReader reader(framed);
    EXPECT_TRUE(std::ranges::equal(*reader.next(), payload));
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(PacketAssemblerTest, TooLargeIsRefusedAtItsHeader) {
  PacketAssembler assembler(1000);
  const Bytes header = {0xe9, 0x03, 0x00, 0x00};  // 1001 bytes to come
  assembler.feed(header);
  const auto packet = assembler.next();
  ASSERT_FALSE(packet.ok());
  EXPECT_EQ(packet.error().kind, ErrorKind::Exhausted);
  EXPECT_EQ(packet.error().code, 1153);
  EXPECT_EQ(packet.error().sqlstate, "08S01");
}

TEST(PacketAssemblerTest, ARefusalFollowsTheFrameThatIsTooMuch) {
  PacketAssembler assembler(kFramePayloadMax);
  Bytes framed;
  std::uint8_t sequence = 0;
  append_packet(framed, sequence, Bytes(kFramePayloadMax + 2));
  assembler.feed(framed);
  ASSERT_FALSE(assembler.next().ok());
  EXPECT_EQ(assembler.refusal_sequence(), sequence);
}

TEST(PacketAssemblerTest, AWrongSequenceNumberIsMalformed) {
  PacketAssembler assembler(kLimit);
  Bytes bytes = query("SELECT 1");
  bytes[3] = 1;
  assembler.feed(bytes);
  const auto packet = assembler.next();
  ASSERT_FALSE(packet.ok());
  EXPECT_EQ(packet.error().kind, ErrorKind::Malformed);
  EXPECT_EQ(packet.error().code, 1156);
}

TEST(PacketAssemblerTest, AHandshakeSaysWhichNumberItExpects) {
  PacketAssembler assembler(kLimit);
  assembler.expect_sequence(1);
  Bytes bytes = query("response");
  bytes[3] = 1;
  append(bytes, query("command"));
  assembler.feed(bytes);
  EXPECT_EQ((*assembler.next())->sequence, 1);
  EXPECT_EQ((*assembler.next())->sequence, 0);
}

TEST(PacketReaderTest, StopsAtWhatIsNotWhole) {
  Bytes bytes = query("one");
  append(bytes, ByteView(query("two")).first(5));
  PacketReader reader(bytes);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.at_end());
}

}  // namespace
}  // namespace understudy::protocol

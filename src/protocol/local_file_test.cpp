#include "protocol/local_file.h"

#include <gtest/gtest.h>

#include "protocol/packet.h"

namespace understudy::protocol {
namespace {

Bytes file(std::initializer_list<std::size_t> sizes, std::uint8_t sequence) {
  Bytes out;
  for (const std::size_t size : sizes)
    append_packet(out, sequence, Bytes(size, 'x'));
  append_packet(out, sequence, {});
  return out;
}

TEST(LocalFileFramesTest, EverySplitEndsAtTheEmptyPacket) {
  const Bytes sent = file({3, 1, 7}, 2);
  Bytes all = sent;
  append(all, as_bytes("behind"));
  for (std::size_t split = 0; split <= all.size(); ++split) {
    LocalFileFrames frames(2);
    Bytes passed;
    ByteView first = ByteView(all).first(split);
    append(passed, frames.take(first).value());
    ByteView rest = ByteView(all).subspan(split);
    append(passed, frames.take(rest).value());
    EXPECT_TRUE(frames.ended());
    EXPECT_EQ(passed, sent) << split;
    EXPECT_EQ(frames.next_sequence(), 6);
    EXPECT_EQ(first.size() + rest.size(), 6U) << split;
  }
}

// A packet of 16 MiB - 1 ends with an empty frame, which does not end the file.
TEST(LocalFileFramesTest, AnEmptyFrameThatEndsALargePacketIsNotTheEnd) {
  const Bytes sent = file({kFramePayloadMax, 2}, 1);
  LocalFileFrames frames(1);
  ByteView bytes = sent;
  EXPECT_EQ(frames.take(bytes)->size(), sent.size());
  EXPECT_TRUE(frames.ended());
  EXPECT_EQ(frames.next_sequence(), 5);
}

TEST(LocalFileFramesTest, SequenceNumbersWrapAround) {
  const Bytes sent = file({1, 1, 1, 1}, 254);
  LocalFileFrames frames(254);
  ByteView bytes = sent;
  EXPECT_TRUE(frames.take(bytes).ok());
  EXPECT_TRUE(frames.ended());
  EXPECT_EQ(frames.next_sequence(), 3);
}

TEST(LocalFileFramesTest, AWrongSequenceNumberIsRefused) {
  const Bytes sent = file({1}, 3);
  LocalFileFrames frames(2);
  ByteView bytes = sent;
  const auto part = frames.take(bytes);
  ASSERT_FALSE(part.ok());
  EXPECT_EQ(part.error().code, 1156);
}

TEST(LocalFileFramesTest, AnEmptyFileIsOnePacket) {
  const Bytes sent = file({}, 2);
  LocalFileFrames frames(2);
  ByteView bytes = sent;
  EXPECT_EQ(frames.take(bytes)->size(), 4U);
  EXPECT_TRUE(frames.ended());
}

}  // namespace
}  // namespace understudy::protocol

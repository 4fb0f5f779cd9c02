#include "protocol/compressed_frames.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "protocol/packet.h"

namespace understudy::protocol {
namespace {

using Side = CompressedFrames::Side;

Bytes text(std::size_t size) {
  Bytes made(size);
  for (std::size_t i = 0; i < size; ++i)
    made[i] = static_cast<std::uint8_t>("SELECT something "[i % 17]);
  return made;
}

Bytes noise(std::size_t size) {
  std::mt19937 random(7);
  Bytes made(size);
  for (std::uint8_t& byte : made)
    byte = static_cast<std::uint8_t>(random());
  return made;
}

// One block that is as it was, and some that are packed.
Bytes noise_and_text() {
  Bytes made = noise(128UL * 1024);
  append(made, text(300000));
  return made;
}

Bytes packet(std::uint8_t sequence, ByteView payload) {
  Bytes made;
  append_packet(made, sequence, payload);
  return made;
}

Bytes frame(std::size_t size, std::uint8_t number, std::size_t unpacked, ByteView body) {
  Bytes made;
  ByteWriter writer(made);
  writer.u24(static_cast<std::uint32_t>(size));
  writer.u8(number);
  writer.u24(static_cast<std::uint32_t>(unpacked));
  writer.bytes(body);
  return made;
}

struct Frame {
  std::size_t size;
  int number;
  std::size_t unpacked;
};

std::vector<Frame> frames_in(ByteView bytes) {
  std::vector<Frame> found;
  while (!bytes.empty()) {
    ByteReader header(bytes);
    Frame each{};
    each.size = header.u24();
    each.number = header.u8();
    each.unpacked = header.u24();
    found.push_back(each);
    bytes = bytes.subspan(7 + each.size);
  }
  return found;
}

std::vector<int> numbers_in(ByteView bytes) {
  std::vector<int> numbers;
  for (const Frame& each : frames_in(bytes))
    numbers.push_back(each.number);
  return numbers;
}

// What comes out of `bytes`, given in pieces of `piece` and unpacked into `room` bytes at a time.
Result<Bytes> unpacked(CompressedFrames& frames, ByteView bytes, std::size_t piece = 1u << 20,
                       std::size_t room_size = 4096) {
  Bytes out, room(room_size);
  while (!bytes.empty()) {
    ByteView part = bytes.first(std::min(piece, bytes.size()));
    bytes = bytes.subspan(part.size());
    for (;;) {
      const Result<ByteView> made = frames.unpack(part, room);
      if (!made) return made.error();
      if (made->empty()) break;
      append(out, *made);
    }
    EXPECT_TRUE(part.empty());
  }
  return out;
}

Bytes packed(Compression method, ByteView bytes) {
  Bytes out;
  EXPECT_TRUE(deflate(method, 3, bytes, out));
  return out;
}

class CompressedFramesTest : public testing::TestWithParam<Compression> {};

INSTANTIATE_TEST_SUITE_P(Methods, CompressedFramesTest,
                         testing::Values(Compression::Zlib, Compression::Zstd),
                         [](const auto& test) {
                           return test.param == Compression::Zlib ? "Zlib" : "Zstd";
                         });

TEST_P(CompressedFramesTest, WhatIsPackedComesOutOfEverySplit) {
  Bytes bytes = packet(0, text(300));
  append(bytes, packet(0, noise(60)));
  append(bytes, packet(0, text(5)));
  Bytes sent;
  CompressedFrames(Side::Client, GetParam()).pack(bytes, sent);
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    for (const std::size_t room : {1, 7, 4096}) {
      CompressedFrames server(Side::Server, GetParam());
      const auto came = unpacked(server, sent, piece, room);
      ASSERT_TRUE(came) << piece;
      ASSERT_EQ(*came, bytes) << piece << " into " << room;
    }
  }
}

TEST_P(CompressedFramesTest, LargePacketsPassInSmallFrames) {
  for (const std::size_t size : {0xffffffUL, 0x1000000UL}) {
    const Bytes bytes = packet(0, text(size));
    Bytes sent;
    CompressedFrames(Side::Client, GetParam()).pack(bytes, sent);
    EXPECT_LT(sent.size(), bytes.size() / 10);
    CompressedFrames server(Side::Server, GetParam());
    const auto came = unpacked(server, sent, 1000);
    ASSERT_TRUE(came);
    EXPECT_TRUE(*came == bytes) << size;
  }
}

TEST_P(CompressedFramesTest, AFrameMayBeAsLargeAsItsHeaderCanSay) {
  const Bytes bytes = text(0xffffff);
  const Bytes body = packed(GetParam(), bytes);
  CompressedFrames server(Side::Server, GetParam());
  const auto came = unpacked(server, frame(body.size(), 0, bytes.size(), body), 333);
  ASSERT_TRUE(came);
  EXPECT_TRUE(*came == bytes);
}

TEST_P(CompressedFramesTest, FramesThatAreNotWhatTheirHeadersSayAreRefused) {
  const Bytes bytes = text(200);
  const Bytes body = packed(GetParam(), bytes);
  Bytes longer = body;
  longer.push_back(0);
  Bytes wrong = body;
  wrong[0] ^= 0x55;
  const struct {
    const char* what;
    Bytes sent;
  } kCases[] = {
      {"more than it says", frame(body.size(), 0, 199, body)},
      {"less than it says", frame(body.size(), 0, 201, body)},
      {"a bomb that says it is small", frame(body.size(), 0, 1, body)},
      {"no body", frame(0, 0, 200, {})},
      {"cut", frame(body.size() - 1, 0, 200, ByteView(body).first(body.size() - 1))},
      {"something behind it", frame(longer.size(), 0, 200, longer)},
      {"the beginning changed", frame(wrong.size(), 0, 200, wrong)},
      {"noise", frame(50, 0, 200, noise(50))},
  };
  for (const auto& each : kCases) {
    for (const std::size_t piece : {1UL, 1000UL}) {
      CompressedFrames server(Side::Server, GetParam());
      const auto came = unpacked(server, each.sent, piece);
      ASSERT_FALSE(came) << each.what;
      EXPECT_EQ(came.error().code, 1157) << each.what;
      EXPECT_EQ(came.error().kind, ErrorKind::Malformed);
    }
  }
}

// The rest of the body may never come.
TEST_P(CompressedFramesTest, MoreThanAFrameSaysIsRefusedBeforeItsEnd) {
  const Bytes body = packed(GetParam(), noise_and_text());
  const Bytes sent = frame(body.size(), 0, 50, body);
  for (std::size_t piece = 1; piece <= 64; ++piece) {
    CompressedFrames server(Side::Server, GetParam());
    const auto came = unpacked(server, ByteView(sent).first(sent.size() - 4), piece, 64);
    ASSERT_FALSE(came) << piece;
    EXPECT_EQ(came.error().code, 1157);
  }
}

TEST_P(CompressedFramesTest, SmallAndIncompressibleBytesGoAsTheyAre) {
  for (const Bytes& bytes : {text(49), noise(5000)}) {
    Bytes sent;
    CompressedFrames(Side::Server, GetParam()).pack(bytes, sent);
    const auto frames = frames_in(sent);
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].unpacked, 0u);
    EXPECT_EQ(frames[0].size, bytes.size());
  }
}

TEST_P(CompressedFramesTest, EachCommandBeginsWithAFrameOfItsOwn) {
  Bytes commands = packet(0, text(10));
  append(commands, packet(0, text(500)));
  append(commands, packet(0, text(0x1000001)));  // two packets, 257 frames
  append(commands, packet(0, text(3)));
  Bytes sent;
  CompressedFrames(Side::Client, GetParam()).pack(commands, sent);
  const auto numbers = numbers_in(sent);
  ASSERT_EQ(numbers.size(), 1 + 1 + 257 + 1u);
  EXPECT_EQ(numbers[0], 0);
  EXPECT_EQ(numbers[1], 0);
  EXPECT_EQ(numbers[2], 0);
  EXPECT_EQ(numbers[257], 255);
  EXPECT_EQ(numbers[258], 0);
  EXPECT_EQ(numbers[259], 0);
}

TEST_P(CompressedFramesTest, CommandsAreFoundHoweverTheyAreWritten) {
  Bytes commands = packet(0, text(10));
  append(commands, packet(0, text(80)));
  append(commands, packet(1, text(80)));
  append(commands, packet(0, text(1)));
  for (std::size_t cut = 0; cut <= commands.size(); ++cut) {
    CompressedFrames client(Side::Client, GetParam());
    Bytes sent;
    client.pack(ByteView(commands).first(cut), sent);
    client.pack(ByteView(commands).subspan(cut), sent);
    CompressedFrames server(Side::Server, GetParam());
    const auto came = unpacked(server, sent);
    ASSERT_TRUE(came);
    ASSERT_EQ(*came, commands) << cut;
    const auto numbers = numbers_in(sent);
    EXPECT_EQ(std::count(numbers.begin(), numbers.end(), 0), 3) << cut;
  }
}

TEST_P(CompressedFramesTest, AnswersCountOnFromTheirCommand) {
  CompressedFrames client(Side::Client, GetParam()), server(Side::Server, GetParam());
  Bytes asked;
  client.pack(packet(0, text(150'000)), asked);  // three frames
  ASSERT_TRUE(unpacked(server, asked));
  server.begin_answer();
  Bytes answer;
  server.pack(text(100), answer);
  server.pack(text(100), answer);
  EXPECT_EQ(numbers_in(answer), (std::vector<int>{3, 4}));
  // A part of the same exchange that the client sends, as the contents of a file.
  ASSERT_TRUE(unpacked(client, answer));
  Bytes more;
  client.pack(packet(2, text(20)), more);
  EXPECT_EQ(numbers_in(more), (std::vector<int>{5}));
  ASSERT_TRUE(unpacked(server, more));
  answer.clear();
  server.pack(text(100), answer);
  EXPECT_EQ(numbers_in(answer), (std::vector<int>{6}));
}

TEST_P(CompressedFramesTest, AnswersToCommandsSentAheadBeginAnew) {
  CompressedFrames client(Side::Client, GetParam()), server(Side::Server, GetParam());
  Bytes asked, answers;
  client.pack(packet(0, text(100)), asked);
  client.pack(packet(0, text(100)), asked);
  ASSERT_TRUE(unpacked(server, asked));
  for (int i = 0; i < 2; ++i) {
    server.begin_answer();
    server.pack(text(100), answers);
  }
  EXPECT_EQ(numbers_in(answers), (std::vector<int>{1, 1}));
  EXPECT_TRUE(unpacked(client, answers));
}

// As servers do who count frames and packets by one number.
TEST_P(CompressedFramesTest, PacketsOfServersAreNumberedAnew) {
  Bytes answers, expected;
  for (const std::uint8_t number : Bytes{3, 9, 1})
    append(answers, packet(number, text(60)));
  for (const std::uint8_t number : Bytes{1, 2, 3})
    append(expected, packet(number, text(60)));
  CompressedFrames server(Side::Server, GetParam());
  Bytes sent;
  server.pack(answers, sent);
  server.pack(packet(200, noise(30)), sent);
  append(expected, packet(4, noise(30)));
  for (std::size_t piece = 1; piece <= sent.size(); ++piece) {
    CompressedFrames client(Side::Client, GetParam());
    client.expect_answer(1);
    const auto came = unpacked(client, sent, piece, 11);
    ASSERT_TRUE(came);
    ASSERT_EQ(*came, expected) << piece;
  }
}

TEST_P(CompressedFramesTest, AnAnswerGoesOnBehindWhatItHasAskedFor) {
  CompressedFrames client(Side::Client, GetParam()), server(Side::Server, GetParam());
  Bytes sent;
  client.pack(packet(0, text(0xffffff)), sent);  // two packets: no answer between them
  client.expect_answer(2);
  client.pack(packet(3, text(50)), sent);
  client.pack(packet(4, {}), sent);
  sent.clear();
  server.pack(packet(250, text(7)), sent);
  const auto came = unpacked(client, sent);
  ASSERT_TRUE(came);
  EXPECT_EQ(*came, packet(5, text(7)));
}

TEST_P(CompressedFramesTest, AWrongNumberIsRefused) {
  for (const int number : {2, 7, 255}) {
    CompressedFrames server(Side::Server, GetParam());
    const auto came =
        unpacked(server, frame(5, static_cast<std::uint8_t>(number), 0, packet(0, text(1))));
    ASSERT_FALSE(came) << number;
    EXPECT_EQ(came.error().code, 1156);
  }
}

TEST_P(CompressedFramesTest, EmptyFramesStandForNothing) {
  CompressedFrames server(Side::Server, GetParam());
  Bytes sent = frame(0, 0, 0, {});
  append(sent, frame(2, 1, 0, text(2)));
  const auto came = unpacked(server, sent);
  ASSERT_TRUE(came);
  EXPECT_EQ(*came, text(2));
}

}  // namespace
}  // namespace understudy::protocol

#include "backend/compression.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "loop_driver.h"
#include "protocol/packet.h"
#include "socket_pair.h"

namespace understudy::backend {
namespace {

using protocol::Compression;
using test::RecordingHandler;
using test::run_until;

class Handler : public RecordingHandler {
 public:
  void on_data(ByteView bytes) override {
    RecordingHandler::on_data(bytes);
    if (action) action();
  }
  std::function<void()> action;
};

Bytes packet(std::size_t size) {
  Bytes payload(size), made;
  for (std::size_t i = 0; i < size; ++i)
    payload[i] = static_cast<std::uint8_t>(i % 251 * (i / 4096 + 1));
  std::uint8_t sequence = 0;
  protocol::append_packet(made, sequence, payload);
  return made;
}

std::string as_string(ByteView bytes) {
  return std::string(as_text(bytes));
}

class CompressionTest : public testing::TestWithParam<Compression> {
 protected:
  CompressionTest() : pair_(test::make_tcp_pair(loop_)) {
    CompressedClient client = compress_client(loop_, std::move(pair_.server), GetParam(), 3);
    server_ = std::move(client.stream);
    answers_ = std::move(client.answers);
    server_->set_handler(&at_server_);
    server_->start();
  }
  void start_client() {
    CompressedServer server = compress_server(loop_, std::move(pair_.client), GetParam());
    client_ = std::move(server.stream);
    numbers_ = std::move(server.numbers);
    client_->set_handler(&at_client_);
    client_->start();
  }

  net::Loop loop_;
  test::TcpPair pair_;
  Handler at_client_;
  Handler at_server_;
  std::unique_ptr<CompressedAnswers> answers_;
  std::unique_ptr<AnswerNumbers> numbers_;
  std::unique_ptr<net::Stream> client_;
  std::unique_ptr<net::Stream> server_;
};

INSTANTIATE_TEST_SUITE_P(Methods, CompressionTest,
                         testing::Values(Compression::Zlib, Compression::Zstd),
                         [](const auto& test) {
                           return test.param == Compression::Zlib ? "Zlib" : "Zstd";
                         });

TEST_P(CompressionTest, CarriesBytesBothWays) {
  start_client();
  const Bytes sent = packet(1000);
  at_server_.action = [&] {
    if (at_server_.data.size() < sent.size()) return;
    answers_->begin();
    server_->write(Bytes{2, 0, 0, 77, 'a', 'n'});
    server_->write(Bytes{3, 0, 0, 3, 's', 'w', 'e'});
  };
  numbers_->begin(5);
  client_->write(sent);
  const Bytes expected{2, 0, 0, 5, 'a', 'n', 3, 0, 0, 6, 's', 'w', 'e'};
  ASSERT_TRUE(run_until(loop_, [&] { return at_client_.data == as_string(expected); }));
  EXPECT_EQ(at_server_.data, as_string(sent));
}

TEST_P(CompressionTest, CarriesMuchMoreThanTheSocketTakesAndPauses) {
  start_client();
  const Bytes sent = packet(20'000'000);
  // Every piece is a pause: what was read already must come later, in order.
  at_server_.action = [&] {
    server_->pause_reading();
    loop_.post([&] { server_->resume_reading(); });
  };
  client_->write(sent);
  ASSERT_TRUE(run_until(loop_, [&] { return at_server_.data.size() == sent.size(); }));
  EXPECT_TRUE(at_server_.data == as_string(sent));
  EXPECT_EQ(client_->pending_write_bytes(), 0U);
}

TEST_P(CompressionTest, APausedReaderGetsNothing) {
  start_client();
  server_->pause_reading();
  client_->write(packet(100'000));
  test::run_what_is_ready(loop_);
  EXPECT_EQ(at_server_.data, "");
  server_->resume_reading();
  EXPECT_TRUE(run_until(loop_, [&] { return at_server_.data.size() == 100'004; }));
}

TEST_P(CompressionTest, AHandlerMayDestroyTheStream) {
  start_client();
  at_server_.action = [&] { server_.reset(); };
  client_->write(packet(100'000));
  EXPECT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
}

TEST_P(CompressionTest, AClientThatBreaksTheFramesIsToldSo) {
  pair_.client->set_handler(&at_client_);
  pair_.client->start();
  // Ten bytes that are said to stand for 255.
  pair_.client->write(Bytes{10, 0, 0, 0, 255, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  ASSERT_TRUE(run_until(loop_, [&] { return !at_server_.closed.empty(); }));
  EXPECT_EQ(at_server_.closed[0].code, 1157);
  ASSERT_TRUE(run_until(loop_, [&] { return !at_client_.closed.empty(); }));
  ASSERT_GT(at_client_.data.size(), 14U);
  EXPECT_EQ(at_client_.data[3], 1) << "the number of the frame";
  EXPECT_EQ(at_client_.data.substr(10, 3), "\1\xff\x85") << "packet 1, ERR 0x0485";
}

TEST_P(CompressionTest, WhatCameWithTheLastPlainBytesIsTaken) {
  protocol::CompressedFrames frames(protocol::CompressedFrames::Side::Client, GetParam());
  Bytes sent;
  frames.pack(packet(500), sent);
  auto other = test::make_tcp_pair(loop_);
  Handler handler;
  CompressedClient client = compress_client(loop_, std::move(other.server), GetParam(), 3, sent);
  client.stream->set_handler(&handler);
  client.stream->start();
  EXPECT_EQ(handler.data, "") << "not inside the owner's calls";
  EXPECT_TRUE(run_until(loop_, [&] { return handler.data == as_string(packet(500)); }));
}

}  // namespace
}  // namespace understudy::backend

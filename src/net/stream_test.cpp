#include "net/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "loop_driver.h"
#include "socket_pair.h"

namespace understudy::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RecordingHandler;
using test::run_until;
using testing::HasSubstr;

// Does what a test wants inside the calls.
class ScriptedHandler : public RecordingHandler {
 public:
  void on_data(ByteView bytes) override {
    RecordingHandler::on_data(bytes);
    if (data_action) data_action();
  }
  void on_closed(const Error& error) override {
    RecordingHandler::on_closed(error);
    if (closed_action) closed_action();
  }
  void on_drained() override {
    RecordingHandler::on_drained();
    if (drained_action) drained_action();
  }
  std::function<void()> data_action;
  std::function<void()> closed_action;
  std::function<void()> drained_action;
};

class StreamTest : public testing::Test {
 protected:
  StreamTest() : pair_(test::make_tcp_pair(loop_)) {
    pair_.client->set_handler(&client_);
    pair_.server->set_handler(&server_);
    pair_.client->start();
    pair_.server->start();
  }
  // Writes to the server until the socket takes no more; returns how many bytes went in.
  std::size_t fill_towards_server() {
    const std::string block(256 * 1024, 'x');
    std::size_t written = 0;
    while (pair_.client->pending_write_bytes() == 0) {
      pair_.client->write(as_bytes(block));
      written += block.size();
    }
    return written;
  }

  Loop loop_;
  ScriptedHandler client_;
  ScriptedHandler server_;
  test::TcpPair pair_;
};

TEST_F(StreamTest, CarriesBytesBothWays) {
  pair_.client->write(as_bytes("ping"));
  EXPECT_EQ(pair_.client->pending_write_bytes(), 0U) << "small writes go out at once";
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data == "ping"; }));
  pair_.server->write(as_bytes("pong"));
  ASSERT_TRUE(run_until(loop_, [&] { return client_.data == "pong"; }));
}

TEST_F(StreamTest, CarriesMuchMoreThanTheSocketTakes) {
  std::string sent;
  for (int i = 0; sent.size() < 24 * 1024 * 1024; ++i)
    sent += std::to_string(i) + ",";
  pair_.client->write(as_bytes(sent));
  EXPECT_GT(pair_.client->pending_write_bytes(), 0U);
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data.size() == sent.size(); }));
  EXPECT_TRUE(server_.data == sent);
  EXPECT_EQ(pair_.client->pending_write_bytes(), 0U);
  EXPECT_EQ(client_.drained, 1);
}

TEST_F(StreamTest, WritesKeepTheirOrderWhileBuffering) {
  pair_.server->pause_reading();
  std::string sent(fill_towards_server(), 'x');
  for (int i = 0; i < 1000; ++i) {
    const std::string piece = std::to_string(i) + ";";
    pair_.client->write(as_bytes(piece));
    sent += piece;
  }
  EXPECT_EQ(client_.drained, 0);
  pair_.server->resume_reading();
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data.size() >= sent.size(); }));
  EXPECT_TRUE(server_.data == sent);
  EXPECT_EQ(client_.drained, 1);
}

TEST_F(StreamTest, NoDrainedCallForWritesThatWentOutAtOnce) {
  pair_.client->write(as_bytes("a"));
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data == "a"; }));
  EXPECT_EQ(client_.drained, 0);
}

TEST_F(StreamTest, PausedStreamDeliversNothingAndResumeContinues) {
  pair_.server->pause_reading();
  pair_.client->write(as_bytes("held back"));
  test::run_what_is_ready(loop_);
  EXPECT_EQ(server_.data, "");
  pair_.server->resume_reading();
  EXPECT_EQ(server_.data, "") << "never inside the call";
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data == "held back"; }));
}

TEST_F(StreamTest, PauseInsideOnDataStopsTheNextPiece) {
  server_.data_action = [&] { pair_.server->pause_reading(); };
  const std::string block(512 * 1024, 'y');
  pair_.client->write(as_bytes(block));
  ASSERT_TRUE(run_until(loop_, [&] { return !server_.data.empty(); }));
  const std::size_t first = server_.data.size();
  test::run_what_is_ready(loop_);
  EXPECT_EQ(server_.data.size(), first);
  EXPECT_LE(first, 64U * 1024U);
  // Paused and resumed over and over, nothing gets lost.
  ASSERT_TRUE(run_until(loop_, [&] {
    pair_.server->resume_reading();
    return server_.data.size() == block.size();
  }));
}

TEST_F(StreamTest, PauseAndResumeInsideOnDataChangesNothing) {
  server_.data_action = [&] {
    pair_.server->pause_reading();
    pair_.server->resume_reading();
  };
  const std::string block(1024 * 1024, 'z');
  pair_.client->write(as_bytes(block));
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data.size() == block.size(); }));
}

TEST_F(StreamTest, EndOfStreamIsLostOnceAfterTheData) {
  std::string data_at_close;
  server_.closed_action = [&] { data_at_close = server_.data; };
  pair_.client->write(as_bytes("last words"));
  pair_.client->close();
  ASSERT_TRUE(run_until(loop_, [&] { return !server_.closed.empty(); }));
  test::run_what_is_ready(loop_);
  ASSERT_EQ(server_.closed.size(), 1U);
  EXPECT_EQ(server_.closed[0].kind, ErrorKind::Lost);
  EXPECT_THAT(server_.closed[0].message, HasSubstr("127.0.0.1:"));
  EXPECT_EQ(data_at_close, "last words");
  EXPECT_TRUE(pair_.server->closed());
  EXPECT_TRUE(client_.closed.empty()) << "close() itself is silent";
}

TEST_F(StreamTest, ResetIsLost) {
  // Closing with unread input sends a reset.
  pair_.client->pause_reading();
  pair_.server->write(as_bytes("unread"));
  ASSERT_TRUE(run_until(loop_, [&] {
    pair_.client->close();
    return !server_.closed.empty();
  }));
  EXPECT_EQ(server_.closed.size(), 1U);
  EXPECT_EQ(server_.closed[0].kind, ErrorKind::Lost);
}

TEST_F(StreamTest, WritingToAPeerThatIsGoneEndsInOnClosed) {
  pair_.server->pause_reading();
  pair_.client.reset();
  // The first write may still be taken by the kernel; the reset that it causes fails a later one.
  ASSERT_TRUE(run_until(loop_, [&] {
    if (!pair_.server->closed()) pair_.server->write(as_bytes("anyone there?"));
    return !server_.closed.empty();
  }));
  test::run_what_is_ready(loop_);
  EXPECT_EQ(server_.closed.size(), 1U);
}

TEST_F(StreamTest, WhatThePeerSaidBeforeItWentIsDeliveredThoughWritingFails) {
  pair_.client->pause_reading();
  pair_.server->write(as_bytes("Too many connections"));
  pair_.server->close();
  // Unanswered writes provoke the reset while the words are still unread.
  for (int i = 0; i < 10; ++i) {
    pair_.client->write(as_bytes("login"));
    pair_.client->resume_reading();
  }
  ASSERT_TRUE(run_until(loop_, [&] { return !client_.closed.empty(); }));
  EXPECT_EQ(client_.data, "Too many connections");
  EXPECT_EQ(client_.closed.size(), 1U);
}

TEST_F(StreamTest, MayBeDestroyedInsideOnData) {
  server_.data_action = [&] { pair_.server.reset(); };
  pair_.client->write(as_bytes("die"));
  ASSERT_TRUE(run_until(loop_, [&] { return !client_.closed.empty(); }));
  EXPECT_EQ(server_.data, "die");
  EXPECT_TRUE(server_.closed.empty());
}

TEST_F(StreamTest, MayBeDestroyedInsideOnClosed) {
  server_.closed_action = [&] { pair_.server.reset(); };
  pair_.client->close();
  ASSERT_TRUE(run_until(loop_, [&] { return pair_.server == nullptr; }));
  EXPECT_EQ(server_.closed.size(), 1U);
}

TEST_F(StreamTest, MayBeDestroyedInsideOnDrained) {
  pair_.server->pause_reading();
  const std::size_t size = fill_towards_server();
  client_.drained_action = [&] { pair_.client.reset(); };
  pair_.server->resume_reading();
  ASSERT_TRUE(run_until(loop_, [&] { return !server_.closed.empty(); }));
  EXPECT_EQ(server_.data.size(), size);
  EXPECT_TRUE(client_.closed.empty());
}

TEST_F(StreamTest, OneHandlerMayDestroyTheOtherStreamThatIsReadyToo) {
  // Both have data waiting when the loop wakes up; whichever comes first destroys the other.
  server_.data_action = [&] { pair_.client.reset(); };
  client_.data_action = [&] { pair_.server.reset(); };
  pair_.client->write(as_bytes("a"));
  pair_.server->write(as_bytes("b"));
  ASSERT_TRUE(run_until(loop_, [&] { return !pair_.client || !pair_.server; }));
  test::run_what_is_ready(loop_);
  EXPECT_EQ(server_.data.empty(), !client_.data.empty());
}

TEST_F(StreamTest, NoCallAfterClose) {
  pair_.client->write(as_bytes("unseen"));
  pair_.server->close();
  EXPECT_TRUE(pair_.server->closed());
  pair_.server->write(as_bytes("goes nowhere"));
  test::run_what_is_ready(loop_);
  EXPECT_EQ(server_.data, "");
  EXPECT_TRUE(server_.closed.empty());
}

TEST_F(StreamTest, HandlerMayBeReplacedBetweenMessages) {
  RecordingHandler second;
  pair_.client->write(as_bytes("one"));
  ASSERT_TRUE(run_until(loop_, [&] { return server_.data == "one"; }));
  pair_.server->set_handler(nullptr);
  pair_.client->write(as_bytes("two"));
  test::run_what_is_ready(loop_);
  pair_.server->set_handler(&second);
  ASSERT_TRUE(run_until(loop_, [&] { return second.data == "two"; }));
  pair_.server->close();
}

TEST_F(StreamTest, CloseAfterFlushSendsEverythingFirst) {
  pair_.server->pause_reading();
  const std::size_t size = fill_towards_server();
  pair_.client->close_after_flush();
  EXPECT_FALSE(pair_.client->closed());
  pair_.client->write(as_bytes("too late"));
  pair_.server->resume_reading();
  server_.closed_action = [&] { pair_.server->close(); };
  ASSERT_TRUE(run_until(loop_, [&] { return pair_.client->closed(); }));
  EXPECT_EQ(server_.data.size(), size);
  EXPECT_TRUE(client_.closed.empty());
}

TEST_F(StreamTest, GoodbyeArrivesThoughInputIsUnread) {
  // The client keeps talking; an ordinary close would reset the connection and lose the goodbye.
  pair_.server->pause_reading();
  pair_.client->write(as_bytes("chatter that nobody reads"));
  test::run_what_is_ready(loop_);
  pair_.server->write(as_bytes("goodbye"));
  close_in_background(loop_, std::move(pair_.server));
  ASSERT_TRUE(run_until(loop_, [&] { return !client_.closed.empty(); }));
  EXPECT_EQ(client_.data, "goodbye");
  EXPECT_THAT(client_.closed[0].message, HasSubstr("closed by the peer"));
}

TEST_F(StreamTest, ClosingInTheBackgroundEndsThoughThePeerDoesNotClose) {
  client_.closed_action = [] {};
  pair_.client->pause_reading();  // it will not notice and so not close
  close_in_background(loop_, std::move(pair_.server), milliseconds(1));
  // Once the server's socket is really gone, writing to it fails.
  ASSERT_TRUE(run_until(loop_, [&] {
    if (!pair_.client->closed()) pair_.client->write(as_bytes("still there?"));
    return !client_.closed.empty();
  }));
}

TEST(StreamLifetimeTest, StreamsThatOutliveTheRunAreDestroyedCleanly) {
  Loop loop;
  RecordingHandler handler;
  test::TcpPair pair = test::make_tcp_pair(loop);
  pair.server->set_handler(&handler);
  pair.server->start();
  std::thread runner([&] { loop.run(); });
  std::thread([&] {
    loop.post([&] { pair.client->write(as_bytes("from the loop's thread")); });
  }).join();
  loop.post([&] { loop.stop(); });
  runner.join();
  pair.server.reset();
  pair.client.reset();
}

TEST(StreamLifetimeTest, UnixSocketsWorkAlike) {
  Loop loop;
  RecordingHandler handler;
  const std::string path = "/tmp/understudy-stream-" + std::to_string(::getpid()) + ".sock";
  test::TcpPair pair = test::make_tcp_pair(loop, Address{.host = {}, .port = 0, .unix_path = path});
  EXPECT_EQ(pair.client->peer_address(), "unix:" + path);
  pair.server->set_handler(&handler);
  pair.server->start();
  pair.client->write(as_bytes("hello"));
  ASSERT_TRUE(run_until(loop, [&] { return handler.data == "hello"; }));
  pair.client->close();
  ASSERT_TRUE(run_until(loop, [&] { return handler.closed.size() == 1; }));
}

TEST_F(StreamTest, AReleasedConnectionGoesOnInAnotherLoop) {
  std::optional<AcceptedSocket> given;
  server_.data_action = [&] { given.emplace(pair_.server->release()); };
  pair_.client->write(as_bytes("first"));
  ASSERT_TRUE(run_until(loop_, [&] { return given.has_value(); }));
  EXPECT_TRUE(pair_.server->closed());
  EXPECT_TRUE(given->peer_address().starts_with("127.0.0.1:"));

  Loop other;
  RecordingHandler taker;
  auto stream = adopt(other, std::move(*given));
  ASSERT_TRUE(stream.ok());
  (*stream)->set_handler(&taker);
  (*stream)->start();
  pair_.client->write(as_bytes("second"));
  ASSERT_TRUE(run_until(other, [&] { return taker.data == "second"; }));
  (*stream)->write(as_bytes("answer"));
  ASSERT_TRUE(run_until(loop_, [&] { return client_.data == "answer"; }));
  EXPECT_EQ(server_.data, "first");
  EXPECT_TRUE(server_.closed.empty());
  (*stream)->close();
}

}  // namespace
}  // namespace understudy::net

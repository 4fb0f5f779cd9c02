// What a stream writes in one batch of events leaves in one send: a socket that keeps message
// boundaries shows it.
#include "net/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loop_driver.h"
#include "net/listener.h"
#include "net/timer.h"

namespace understudy::net {
namespace {

using test::run_until;

class Answering final : public test::RecordingHandler {
 public:
  void on_data(ByteView bytes) override {
    RecordingHandler::on_data(bytes);
    if (answer) answer();
  }
  std::function<void()> answer;
};

class ChannelTest : public testing::Test {
 public:
  ChannelTest(const ChannelTest&) = delete;
  ChannelTest& operator=(const ChannelTest&) = delete;
  ~ChannelTest() override { ::close(peer_); }

 protected:
  ChannelTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
              0);
    peer_ = ends[1];
    stream_ = adopt(loop_, AcceptedSocket(ends[0], "peer")).value();
    stream_->set_handler(&handler_);
    stream_->start();
  }

  void ask() const { ASSERT_EQ(::send(peer_, "?", 1, 0), 1); }
  void write(std::string_view text) const { stream_->write(as_bytes(text)); }
  std::vector<std::string> messages() const {
    std::vector<std::string> found;
    std::string space(256UL * 1024, ' ');
    for (ssize_t count = 0; (count = ::recv(peer_, space.data(), space.size(), 0)) > 0;)
      found.push_back(space.substr(0, static_cast<std::size_t>(count)));
    return found;
  }
  using Messages = std::vector<std::string>;

  Loop loop_;
  Answering handler_;
  std::unique_ptr<Stream> stream_;
  int peer_ = -1;
};

TEST_F(ChannelTest, WritesOfAHandlerCallAreOneSend) {
  handler_.answer = [&] {
    write("columns ");
    write("rows ");
    write("end");
    EXPECT_EQ(stream_->pending_write_bytes(), 0U) << "nothing waits for the socket";
    EXPECT_EQ(messages(), Messages{});
  };
  ask();
  ASSERT_TRUE(run_until(loop_, [&] { return handler_.data == "?"; }));
  EXPECT_EQ(messages(), Messages{"columns rows end"});
  EXPECT_EQ(handler_.drained, 0);
}

TEST_F(ChannelTest, SoAreThoseOfPostedFunctionsAndOfATimer) {
  Timer timer(loop_);
  int calls = 0;
  const auto write_twice = [&] {
    write("a");
    write("b");
    ++calls;
  };
  loop_.post([&] {
    write_twice();
    timer.start(Duration::zero(), write_twice);
  });
  loop_.post(write_twice);
  ASSERT_TRUE(run_until(loop_, [&] { return calls == 3; }));
  EXPECT_EQ(messages(), (Messages{"abab", "ab"}));
}

TEST_F(ChannelTest, ABatchIsReadBeforeAnyOfItIsAnswered) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
            0);
  Answering other_handler;
  const auto other = adopt(loop_, AcceptedSocket(ends[0], "other")).value();
  other->set_handler(&other_handler);
  other->start();
  handler_.answer = [&] { write("answer"); };
  other_handler.answer = [&] {
    EXPECT_EQ(handler_.data, "?");
    EXPECT_EQ(messages(), Messages{});
  };
  ask();
  ASSERT_EQ(::send(ends[1], "!", 1, 0), 1);
  ASSERT_TRUE(loop_.run_for_a_while(std::chrono::seconds(10)));
  EXPECT_EQ(other_handler.data, "!");
  EXPECT_EQ(messages(), Messages{"answer"});
  ::close(ends[1]);
}

TEST_F(ChannelTest, OutsideOfThemAWriteIsASend) {
  write("a");
  write("b");
  EXPECT_EQ(messages(), (Messages{"a", "b"}));
}

TEST_F(ChannelTest, MuchIsSentAtOnceTogetherWithWhatWasCollected) {
  const std::string much(20'000, 'm');
  handler_.answer = [&] {
    write("head ");
    write(much);
    EXPECT_EQ(messages(), Messages{"head " + much});
    write("tail");
  };
  ask();
  ASSERT_TRUE(run_until(loop_, [&] { return handler_.data == "?"; }));
  EXPECT_EQ(messages(), Messages{"tail"});
}

TEST_F(ChannelTest, ClosingSendsWhatWasWrittenBefore) {
  handler_.answer = [&] {
    write("good");
    write("bye");
    stream_.reset();
  };
  ask();
  ASSERT_TRUE(run_until(loop_, [&] { return stream_ == nullptr; }));
  EXPECT_EQ(messages(), Messages{"goodbye"});
}

TEST_F(ChannelTest, MayBeDestroyedInTheHandlerCallThatWroteAndClosed) {
  bool done = false;
  loop_.post([&] {
    write("goodbye");
    stream_->close();
    stream_.reset();
    done = true;
  });
  ASSERT_TRUE(run_until(loop_, [&] { return done; }));
  EXPECT_EQ(messages(), Messages{"goodbye"});
}

TEST_F(ChannelTest, SoDoesGivingTheConnectionAway) {
  handler_.answer = [&] {
    write("my last");
    const AcceptedSocket given = stream_->release();
    EXPECT_EQ(messages(), Messages{"my last"});
    EXPECT_EQ(given.peer_address(), "peer");
    stream_->write(as_bytes("not mine any more"));
  };
  ask();
  ASSERT_TRUE(run_until(loop_, [&] { return stream_->closed(); }));
  EXPECT_EQ(messages(), Messages{});
}

TEST_F(ChannelTest, DrainedComesWhenTheSocketTookNoMore) {
  const std::string message(1000, 'x');
  handler_.answer = [&] {
    while (stream_->pending_write_bytes() == 0)
      write(message);
  };
  ask();
  ASSERT_TRUE(run_until(loop_, [&] { return stream_->pending_write_bytes() > 0; }));
  EXPECT_EQ(handler_.drained, 0);
  ASSERT_TRUE(run_until(loop_, [&] {
    static_cast<void>(messages());
    return stream_->pending_write_bytes() == 0;
  }));
  EXPECT_EQ(handler_.drained, 1);
}

}  // namespace
}  // namespace understudy::net

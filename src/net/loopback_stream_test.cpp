// The tests' own in-memory streams keep the promises of net/stream.h.
#include "loopback_stream.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "loop_driver.h"

namespace understudy::net {
namespace {

class LoopbackStreamTest : public testing::Test {
 protected:
  LoopbackStreamTest() {
    left_->set_handler(&left_handler_);
    right_->set_handler(&right_handler_);
    left_->start();
    right_->start();
  }
  test::LoopbackPair pair_;
  test::RecordingHandler left_handler_;
  test::RecordingHandler right_handler_;
  std::unique_ptr<Stream> left_ = pair_.take_left();
  std::unique_ptr<Stream> right_ = pair_.take_right();
};

TEST_F(LoopbackStreamTest, DeliversOnDemandInPieces) {
  left_->write(as_bytes("abcdef"));
  EXPECT_EQ(right_handler_.data, "");
  EXPECT_TRUE(pair_.deliver_to_right(2));
  EXPECT_EQ(right_handler_.data, "ab");
  pair_.run(1);
  EXPECT_EQ(right_handler_.data, "abcdef");
  EXPECT_FALSE(pair_.deliver_to_right());
}

TEST_F(LoopbackStreamTest, WindowMakesTheWriterBufferAndThenDrains) {
  pair_.set_window(4);
  left_->write(as_bytes("abcdef"));
  EXPECT_EQ(left_->pending_write_bytes(), 2U);
  pair_.deliver_to_right();
  EXPECT_EQ(left_->pending_write_bytes(), 0U);
  EXPECT_EQ(left_handler_.drained, 1);
  pair_.run();
  EXPECT_EQ(right_handler_.data, "abcdef");
}

TEST_F(LoopbackStreamTest, PausedSideGetsNothing) {
  right_->pause_reading();
  left_->write(as_bytes("x"));
  EXPECT_FALSE(pair_.deliver_to_right());
  right_->resume_reading();
  pair_.run();
  EXPECT_EQ(right_handler_.data, "x");
}

TEST_F(LoopbackStreamTest, PeerHearsOfTheCloseAfterTheData) {
  left_->write(as_bytes("bye"));
  left_.reset();
  pair_.run();
  EXPECT_EQ(right_handler_.data, "bye");
  ASSERT_EQ(right_handler_.closed.size(), 1U);
  EXPECT_EQ(right_handler_.closed[0].kind, ErrorKind::Lost);
  EXPECT_TRUE(left_handler_.closed.empty());
}

TEST_F(LoopbackStreamTest, BrokenConnectionIsToldToBothOnce) {
  left_->write(as_bytes("lost"));
  pair_.break_connection();
  pair_.run();
  EXPECT_EQ(right_handler_.data, "");
  EXPECT_EQ(left_handler_.closed.size(), 1U);
  EXPECT_EQ(right_handler_.closed.size(), 1U);
}

TEST_F(LoopbackStreamTest, CloseAfterFlushWaitsForTheWindow) {
  pair_.set_window(2);
  left_->write(as_bytes("abc"));
  left_->close_after_flush();
  EXPECT_FALSE(left_->closed());
  pair_.run();
  EXPECT_TRUE(left_->closed());
  EXPECT_EQ(right_handler_.data, "abc");
  EXPECT_EQ(right_handler_.closed.size(), 1U);
}

}  // namespace
}  // namespace understudy::net

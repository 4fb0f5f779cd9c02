#include "admin/http_session.h"

#include <gtest/gtest.h>

#include "admin/fake_api.h"
#include "loop_driver.h"
#include "loopback_stream.h"

namespace understudy::admin {
namespace {

// One session without a socket. What ends it comes between two turns of the loop.
class HttpSessionTest : public testing::Test {
 protected:
  HttpSessionTest()
      : session_(loop_, pair_.take_left(), api_, limits_, [this](HttpSession&) { ++ends_; }),
        client_(pair_.take_right()) {
    client_->start();
  }
  void send(std::string_view request) {
    client_->write(as_bytes(request));
    pair_.run();
  }

  net::Loop loop_;
  test::LoopbackPair pair_;
  FakeApi api_;
  const AdminLimits limits_;
  int ends_ = 0;
  HttpSession session_;
  std::unique_ptr<net::Stream> client_;
};

TEST_F(HttpSessionTest, AnAnswerThatComesWhenTheClientHasGoneIsDropped) {
  send("POST /api/switchover HTTP/1.1\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(api_.waiting);
  pair_.break_connection();
  EXPECT_EQ(ends_, 1);
  api_.waiting(LastChange{"switchover", true, "db2", "", 12.5});
  EXPECT_EQ(ends_, 1) << "whoever destroys it has been told already";
}

TEST_F(HttpSessionTest, NothingIsReadBehindTheLastAnswer) {
  send(
      "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\nPOST /api/servers/db2/drain "
      "HTTP/1.1\r\n\r\n");
  EXPECT_EQ(ends_, 1);
  EXPECT_FALSE(api_.drained);
}

TEST_F(HttpSessionTest, ABodyInChunksIsRefused) {
  const std::string request =
      "POST /api/failover HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  test::RecordingHandler answers;
  client_->set_handler(&answers);
  client_->write(as_bytes(request));
  pair_.run(1);
  EXPECT_TRUE(answers.data.starts_with("HTTP/1.1 411 ")) << answers.data;
  EXPECT_FALSE(api_.waiting);
  EXPECT_EQ(ends_, 1);
}

}  // namespace
}  // namespace understudy::admin

#include "net/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "loop_driver.h"
#include "net/connect.h"
#include "socket_pair.h"

namespace understudy::net {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

AcceptCallback ignore() {
  return [](Result<AcceptedSocket>) {};
}

TEST(ListenerTest, PortZeroTakesAFreePort) {
  Loop loop;
  auto first = listen(loop, test::any_port(), ignore());
  auto second = listen(loop, test::any_port(), ignore());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE((*first)->local_address().port, 0);
  EXPECT_NE((*first)->local_address().port, (*second)->local_address().port);
  EXPECT_EQ((*first)->local_address().host, "127.0.0.1");
}

TEST(ListenerTest, AddressInUseSaysWhichAndWhatToDo) {
  Loop loop;
  auto first = listen(loop, test::any_port(), ignore());
  const Address taken = (*first)->local_address();
  auto second = listen(loop, taken, ignore());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::Invalid);
  EXPECT_THAT(second.error().message, HasSubstr(to_string(taken)));
  EXPECT_THAT(second.error().message, HasSubstr("choose another address"));
}

TEST(ListenerTest, ForeignAddressIsInvalid) {
  Loop loop;
  auto listener =
      listen(loop, Address{.host = "192.0.2.1", .port = 7306, .unix_path = {}}, ignore());
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(listener.error().message, HasSubstr("192.0.2.1:7306"));
}

TEST(ListenerTest, AddressIsFreeAfterClose) {
  Loop loop;
  auto first = listen(loop, test::any_port(), ignore());
  const Address address = (*first)->local_address();
  (*first)->close();
  EXPECT_TRUE(listen(loop, address, ignore()).ok());
}

TEST(ListenerTest, AcceptsManyAtOnce) {
  Loop loop;
  std::vector<AcceptedSocket> accepted;
  auto listener = listen(loop, test::any_port(), [&](Result<AcceptedSocket> socket) {
    accepted.push_back(std::move(*socket));
  });
  std::vector<ConnectHandle> handles;
  std::vector<std::unique_ptr<Stream>> streams;
  constexpr std::size_t kCount = 100;
  for (std::size_t i = 0; i < kCount; ++i)
    handles.push_back(connect(loop, (*listener)->local_address(), seconds(10),
                              [&](Result<std::unique_ptr<Stream>> stream) {
                                ASSERT_TRUE(stream.ok());
                                streams.push_back(std::move(*stream));
                              }));
  ASSERT_TRUE(
      test::run_until(loop, [&] { return accepted.size() == kCount && streams.size() == kCount; }));
}

TEST(ListenerTest, AcceptedSocketMovesToAnotherLoop) {
  Loop accepting;
  Loop serving;
  test::RecordingHandler handler;
  std::unique_ptr<Stream> served;  // the serving loop's thread only
  std::thread server([&] { serving.run(); });
  auto listener = listen(accepting, test::any_port(), [&](Result<AcceptedSocket> accepted) {
    serving.post([&, socket = std::move(*accepted)]() mutable {
      served = adopt(serving, std::move(socket)).value();
      served->set_handler(&handler);
      served->start();
      served->write(as_bytes("from the other loop"));
    });
  });
  test::RecordingHandler client_handler;
  std::unique_ptr<Stream> client;
  const auto handle = connect(accepting, (*listener)->local_address(), seconds(10),
                              [&](Result<std::unique_ptr<Stream>> stream) {
                                client = std::move(*stream);
                                client->set_handler(&client_handler);
                                client->start();
                              });
  EXPECT_TRUE(
      test::run_until(accepting, [&] { return client_handler.data == "from the other loop"; }));
  serving.post([&] { serving.stop(); });
  server.join();
  served.reset();
}

TEST(ListenerTest, MayBeDestroyedInsideItsFunction) {
  Loop loop;
  std::unique_ptr<Listener> listener;
  bool accepted = false;
  listener = listen(loop, test::any_port(), [&](Result<AcceptedSocket>) {
               accepted = true;
               listener.reset();
             }).value();
  const auto handle =
      connect(loop, listener->local_address(), seconds(10), [](Result<std::unique_ptr<Stream>>) {});
  ASSERT_TRUE(test::run_until(loop, [&] { return accepted; }));
  test::run_what_is_ready(loop);
}

TEST(ListenerTest, GoesOnAfterRunningOutOfDescriptors) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's check of virtual calls itself needs free descriptors";
#endif
  Loop loop;
  int accepted = 0;
  std::optional<Error> failure;
  auto listener = listen(loop, test::any_port(), [&](Result<AcceptedSocket> socket) {
    if (socket.ok())
      ++accepted;
    else
      failure = socket.error();
  });
  std::unique_ptr<Stream> client;
  const auto handle =
      connect(loop, (*listener)->local_address(), seconds(10),
              [&](Result<std::unique_ptr<Stream>> stream) { client = std::move(*stream); });
  // One more descriptor for the client's socket, none for the accepted one.
  const int next = ::dup(0);
  ::close(next);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(next) + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  EXPECT_TRUE(test::run_until(loop, [&] { return failure.has_value(); }));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(test::run_until(loop, [&] { return accepted == 1; }));
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, ErrorKind::Exhausted);
  EXPECT_THAT(failure->message, HasSubstr("ulimit"));
}

class UnixListenerTest : public testing::Test {
 public:
  ~UnixListenerTest() override { std::filesystem::remove(path_); }

 protected:
  UnixListenerTest()
      : path_("/tmp/understudy-listener-" + std::to_string(::getpid()) + ".sock"),
        address_{.host = {}, .port = 0, .unix_path = path_} {}

  Loop loop_;
  std::string path_;
  Address address_;
};

TEST_F(UnixListenerTest, RemovesItsFile) {
  auto listener = listen(loop_, address_, ignore());
  ASSERT_TRUE(listener.ok());
  EXPECT_TRUE(std::filesystem::exists(path_));
  (*listener)->close();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixListenerTest, ReplacesTheFileOfADeadProcess) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path_.copy(name.sun_path, sizeof name.sun_path - 1);
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(dead);
  EXPECT_TRUE(listen(loop_, address_, ignore()).ok());
}

TEST_F(UnixListenerTest, LeavesALivingListenerAlone) {
  auto first = listen(loop_, address_, ignore());
  auto second = listen(loop_, address_, ignore());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr(path_));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace understudy::net

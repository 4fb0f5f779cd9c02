#include "net/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "loop_driver.h"
#include "net/listener.h"
#include "socket_pair.h"

namespace understudy::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using Outcome = std::optional<Result<std::unique_ptr<Stream>>>;

ConnectCallback into(Outcome& outcome) {
  return [&outcome](Result<std::unique_ptr<Stream>> result) { outcome.emplace(std::move(result)); };
}

// A port that was free a moment ago.
Address closed_port(Loop& loop) {
  auto listener = listen(loop, test::any_port(), [](Result<AcceptedSocket>) {});
  return (*listener)->local_address();
}

TEST(ConnectTest, ReachesAListener) {
  Loop loop;
  const test::TcpPair pair = test::make_tcp_pair(loop);
  EXPECT_FALSE(pair.client->closed());
  EXPECT_THAT(pair.server->peer_address(), HasSubstr("127.0.0.1:"));
}

TEST(ConnectTest, ResolvesAName) {
  Loop loop;
  std::optional<AcceptedSocket> accepted;
  auto listener = listen(loop, test::any_port(),
                         [&](Result<AcceptedSocket> socket) { accepted = std::move(*socket); });
  Address address = (*listener)->local_address();
  address.host = "localhost";
  Outcome outcome;
  const auto handle = connect(loop, address, seconds(10), into(outcome));
  EXPECT_FALSE(outcome.has_value()) << "never inside the call";
  ASSERT_TRUE(test::run_until(loop, [&] { return outcome && accepted; }));
  EXPECT_TRUE(outcome->ok());
}

TEST(ConnectTest, RefusedIsUnreachableAndNamesTheAddress) {
  Loop loop;
  const Address address = closed_port(loop);
  Outcome outcome;
  const auto handle = connect(loop, address, seconds(10), into(outcome));
  ASSERT_TRUE(test::run_until(loop, [&] { return outcome.has_value(); }));
  ASSERT_FALSE(outcome->ok());
  EXPECT_EQ(outcome->error().kind, ErrorKind::Unreachable);
  EXPECT_THAT(outcome->error().message, HasSubstr(to_string(address)));
  EXPECT_THAT(outcome->error().message, HasSubstr("refused"));
}

TEST(ConnectTest, UnknownNameIsUnreachable) {
  Loop loop;
  Outcome outcome;
  const Address address{.host = "no-such-host.invalid", .port = 3306, .unix_path = {}};
  const auto handle = connect(loop, address, seconds(20), into(outcome));
  ASSERT_TRUE(test::run_until(loop, [&] { return outcome.has_value(); }));
  ASSERT_FALSE(outcome->ok());
  EXPECT_THAT(outcome->error().message, HasSubstr("no-such-host.invalid"));
}

// A listening socket whose backlog is full drops further SYNs: the connect hangs.
TEST(ConnectTest, SilenceIsATimeout) {
  Loop loop;
  const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  char folder[] = "/tmp/understudy-net-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/full.sock";
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::listen(listening, 0), 0);

  const Address address{.host = {}, .port = 0, .unix_path = path};
  Outcome first;
  Outcome second;
  const auto fills_the_backlog = connect(loop, address, seconds(10), into(first));
  ASSERT_TRUE(test::run_until(loop, [&] { return first.has_value(); }));
  const auto handle = connect(loop, address, milliseconds(30), into(second));
  ASSERT_TRUE(test::run_until(loop, [&] { return second.has_value(); }));
  ASSERT_FALSE(second->ok());
  EXPECT_EQ(second->error().kind, ErrorKind::Timeout);
  EXPECT_THAT(second->error().message, HasSubstr(path));
  EXPECT_THAT(second->error().message, HasSubstr("30 ms"));
  ::close(listening);
  std::filesystem::remove_all(folder);
}

TEST(ConnectTest, MissingUnixSocketIsUnreachable) {
  Loop loop;
  Outcome outcome;
  const Address address{.host = {}, .port = 0, .unix_path = "/nonexistent/db.sock"};
  const auto handle = connect(loop, address, seconds(1), into(outcome));
  ASSERT_TRUE(test::run_until(loop, [&] { return outcome.has_value(); }));
  ASSERT_FALSE(outcome->ok());
  EXPECT_EQ(outcome->error().kind, ErrorKind::Unreachable);
  EXPECT_THAT(outcome->error().message, HasSubstr("/nonexistent/db.sock"));
}

TEST(ConnectTest, CancelledHandleNeverCalls) {
  Loop loop;
  auto listener = listen(loop, test::any_port(), [](Result<AcceptedSocket>) {});
  Outcome outcome;
  auto token = std::make_shared<int>(0);
  {
    const auto handle = connect(loop, (*listener)->local_address(), seconds(10),
                                [&outcome, token](Result<std::unique_ptr<Stream>> result) {
                                  outcome.emplace(std::move(result));
                                });
  }
  EXPECT_EQ(token.use_count(), 1) << "what the function owned is gone with the handle";
  auto second = connect(loop, (*listener)->local_address(), seconds(10), into(outcome));
  loop.post([&] { second.cancel(); });  // once the attempt has begun
  test::run_what_is_ready(loop);
  EXPECT_FALSE(outcome.has_value());
}

TEST(ConnectTest, HandleMayBeDestroyedInsideItsFunction) {
  Loop loop;
  auto listener = listen(loop, test::any_port(), [](Result<AcceptedSocket>) {});
  std::optional<ConnectHandle> handle;
  bool called = false;
  handle = connect(loop, (*listener)->local_address(), seconds(10),
                   [&](Result<std::unique_ptr<Stream>> result) {
                     handle.reset();
                     called = result.ok();
                   });
  EXPECT_TRUE(test::run_until(loop, [&] { return called; }));
}

TEST(ConnectTest, LoopMayGoAwayWithAConnectInFlight) {
  auto loop = std::make_unique<Loop>();
  Outcome outcome;
  {
    auto listener = listen(*loop, test::any_port(), [](Result<AcceptedSocket>) {});
    const auto handle = connect(*loop, (*listener)->local_address(), seconds(10), into(outcome));
    loop->run_for_a_while(Duration::zero());
  }
  outcome.reset();  // it may hold a stream of the loop
  loop.reset();
}

}  // namespace
}  // namespace understudy::net

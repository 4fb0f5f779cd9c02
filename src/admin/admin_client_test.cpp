#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "admin/admin_client.h"
#include "loop_driver.h"
#include "net/listener.h"
#include "socket_pair.h"

namespace understudy::admin {
namespace {

using std::chrono::milliseconds;

TEST(AdminClientTest, NobodyThere) {
  Address address;
  {
    net::Loop loop;
    address =
        (*net::listen(loop, test::any_port(), [](Result<net::AcceptedSocket>) {}))->local_address();
  }
  const auto reply = admin_request(address, "GET", "/api/status");
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::Unreachable);
}

TEST(AdminClientTest, SilenceAndNonsense) {
  net::Loop loop;
  std::string greeting;
  std::vector<std::unique_ptr<net::Stream>> streams;
  auto listener = net::listen(loop, test::any_port(), [&](Result<net::AcceptedSocket> accepted) {
    streams.push_back(net::adopt(loop, std::move(*accepted)).value());
    streams.back()->write(as_bytes(greeting));
  });
  const Address address = (*listener)->local_address();
  std::thread server([&] { loop.run(); });
  const auto silence = admin_request(address, "GET", "/api/status", {}, milliseconds(50));
  loop.post([&] {
    greeting = "J";
    greeting.append(3, '\0');  // a server's first packet
    greeting += "\n5.5.5-10.11.19-MariaDB";
  });
  const auto nonsense = admin_request(address, "GET", "/api/status");
  loop.post([&] { greeting = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r"; });
  const auto chunks = admin_request(address, "GET", "/api/status");
  loop.stop();
  server.join();
  streams.clear();
  ASSERT_FALSE(silence.ok());
  EXPECT_EQ(silence.error().kind, ErrorKind::Timeout);
  ASSERT_FALSE(nonsense.ok());
  EXPECT_EQ(nonsense.error().kind, ErrorKind::Malformed);
  ASSERT_FALSE(chunks.ok());
  EXPECT_EQ(chunks.error().kind, ErrorKind::Malformed);
}

}  // namespace
}  // namespace understudy::admin

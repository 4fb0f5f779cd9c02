#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "admin/admin_client.h"
#include "admin/admin_server.h"
#include "admin/fake_api.h"
#include "loop_driver.h"
#include "socket_pair.h"

namespace understudy::admin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

// The server on a thread of its own, so that the blocking client can be used.
class AdminTest : public testing::Test {
 public:
  ~AdminTest() override { stop(); }

 protected:
  AdminTest() { restart({}); }

  void restart(const AdminLimits& limits) {
    stop();
    auto server = AdminServer::start(loop_, test::any_port(), api_, limits);
    ASSERT_TRUE(server.ok()) << server.error().message;
    server_ = std::move(*server);
    address_ = server_->address();
    thread_ = std::thread([this] { loop_.run(); });
  }
  void stop() {
    if (thread_.joinable()) {
      loop_.stop();
      thread_.join();
    }
    server_.reset();
  }
  AdminReply request(std::string_view method, std::string_view target, std::string_view body = {}) {
    auto reply = admin_request(address_, method, target, body);
    EXPECT_TRUE(reply.ok()) << reply.error().message;
    return reply.ok() ? *reply : AdminReply{};
  }
  // Sends bytes and returns all that comes until the server closes.
  std::string raw(std::string_view bytes) {
    net::Loop loop;
    test::RecordingHandler handler;
    std::unique_ptr<net::Stream> stream;
    const auto handle = net::connect(loop, address_, seconds(10),
                                     [&](Result<std::unique_ptr<net::Stream>> connected) {
                                       stream = std::move(*connected);
                                       stream->set_handler(&handler);
                                       stream->start();
                                       stream->write(as_bytes(bytes));
                                     });
    EXPECT_TRUE(test::run_until(loop, [&] { return !handler.closed.empty(); }));
    return handler.data;
  }

  FakeApi api_;
  net::Loop loop_;
  std::unique_ptr<AdminServer> server_;
  Address address_;
  std::thread thread_;
};

TEST_F(AdminTest, StatusHasTheShapeOfTheContract) {
  const AdminReply reply = request("GET", "/api/status");
  EXPECT_EQ(reply.status, 200U);
  const auto json = nlohmann::json::parse(reply.body);
  const auto expected = nlohmann::json::parse(R"({
    "cluster": "main", "epoch": 3, "primary": "db1",
    "failover": {"state": "idle", "diagnosis": "healthy", "semi_sync": "on",
                 "last": {"kind": "failover", "done": true, "ms": 8.5, "primary": "db2"}},
    "clients": 7, "pinned": {"temporary table": 2},
    "servers": [
      {"name": "db1", "address": "127.0.0.1:7311", "role": "primary", "health": "up",
       "lag_ms": null, "position": "0-1-42", "connections": {"used": 1, "idle": 2},
       "queries": {"read": 3, "write": 4}},
      {"name": "db2", "address": "127.0.0.1:7311", "role": "replica", "health": "lagging",
       "reason": "not \ufffd UTF-8", "lag_ms": 1234, "position": "0-1-42",
       "connections": {"used": 1, "idle": 2}, "queries": {"read": 3, "write": 4}}]})");
  EXPECT_EQ(json, expected);
}

TEST_F(AdminTest, StatusWithoutAPrimarySaysWhy) {
  api_.primary_known = false;
  const auto json = nlohmann::json::parse(request("GET", "/api/status?pretty").body);
  EXPECT_TRUE(json["primary"].is_null());
  EXPECT_EQ(json["no_primary_reason"], "db1 and db2 both accept writes");
}

TEST_F(AdminTest, ReadyFollowsThePrimaryAndHealthDoesNot) {
  EXPECT_EQ(request("GET", "/readyz").status, 200U);
  api_.primary_known = false;
  const AdminReply reply = request("GET", "/readyz");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_THAT(reply.body, HasSubstr("no primary is known"));
  EXPECT_EQ(request("GET", "/healthz").status, 200U);
}

TEST_F(AdminTest, MetricsArePrometheusText) {
  const AdminReply reply = request("GET", "/metrics");
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.body,
            "# HELP understudy_queries_total Statements sent to a server.\n"
            "# TYPE understudy_queries_total counter\n"
            "understudy_queries_total{server=\"db1\",kind=\"read\"} 12\n"
            "# HELP understudy_clients Connected clients.\n"
            "# TYPE understudy_clients gauge\n"
            "understudy_clients 7\n");
}

TEST_F(AdminTest, DrainAndResume) {
  EXPECT_EQ(request("POST", "/api/servers/db2/drain").status, 200U);
  EXPECT_TRUE(api_.drained);
  EXPECT_EQ(request("POST", "/api/servers/%64b2/resume").status, 200U);
  EXPECT_FALSE(api_.drained);
}

TEST_F(AdminTest, UnknownServerIs404WithItsName) {
  const std::string name = "no such/one";
  const auto result = admin_call(address_, "POST", server_target(name, "drain"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::Invalid);
  EXPECT_EQ(result.error().message, "there is no server named no such/one; see status");
  EXPECT_EQ(request("POST", server_target(name, "drain")).status, 404U);
}

TEST_F(AdminTest, ASwitchoverIsAnsweredWhenItIsOver) {
  std::optional<AdminReply> reply;
  std::thread client([&] { reply = request("POST", "/api/switchover", R"({"to": "db2"})"); });
  const auto ended = [&] {
    std::promise<bool> done;
    loop_.post([&] {
      const bool asked = static_cast<bool>(api_.waiting);
      if (asked) std::exchange(api_.waiting, {})(LastChange{"switchover", true, "db2", "", 12.5});
      done.set_value(asked);
    });
    return done.get_future().get();
  };
  while (!ended())
    std::this_thread::yield();
  client.join();
  EXPECT_EQ(reply->status, 200U);
  EXPECT_EQ(reply->body, R"({"kind":"switchover","done":true,"ms":12.5,"primary":"db2"})");
  EXPECT_EQ(api_.switched_to, "db2");
}

TEST_F(AdminTest, AChangeOfThePrimaryThatIsRefused) {
  const AdminReply refused = request("POST", "/api/switchover", R"({"to": "db1"})");
  EXPECT_EQ(refused.status, 409U);
  EXPECT_EQ(refused.body, R"({"error":"it is the primary already"})");
  EXPECT_EQ(request("POST", "/api/switchover", R"({"to": "db9"})").status, 404U);
  EXPECT_EQ(request("POST", "/api/switchover", R"({"to": 2})").status, 400U);
  EXPECT_EQ(request("POST", "/api/switchover", "db2").status, 400U);
  EXPECT_EQ(request("GET", "/api/switchover").status, 405U);
  EXPECT_EQ(request("POST", "/api/servers/db1/rejoin").status, 409U);
  EXPECT_EQ(request("POST", "/api/servers/db2/rejoin").status, 200U);
}

TEST_F(AdminTest, FailoverSaysWhoLeads) {
  EXPECT_EQ(request("POST", "/api/failover").body,
            R"({"kind":"failover","done":true,"ms":8.5,"primary":"db2"})");
}

TEST_F(AdminTest, EventsAreNewestLast) {
  EXPECT_EQ(request("GET", "/api/events?after=1").body,
            R"([{"id":2,"time":"2023-11-14T22:13:20.123Z","event":"step","server":"db2",)"
            R"("ms":1.5,"epoch":3,"text":"4"}])");
  EXPECT_EQ(nlohmann::json::parse(request("GET", "/api/events").body).size(), 2U);
}

TEST_F(AdminTest, EventsAreStreamedAsTheyHappen) {
  net::Loop loop;
  test::RecordingHandler handler;
  std::unique_ptr<net::Stream> stream;
  const auto handle = net::connect(
      loop, address_, seconds(10), [&](Result<std::unique_ptr<net::Stream>> connected) {
        stream = std::move(*connected);
        stream->set_handler(&handler);
        stream->start();
        stream->write(as_bytes(std::string_view(
            "GET /api/events?follow=1&after=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")));
      });
  const auto has = [&](std::string_view text) {
    return test::run_until(loop, [&] { return handler.data.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(has("id: 2\ndata: {\"id\":2,"));
  EXPECT_THAT(handler.data, HasSubstr("Content-Type: text/event-stream\r\n"));
  api_.last_event = 3;
  EXPECT_TRUE(has("id: 3\ndata: {\"id\":3,"));
  stream->close();
  EXPECT_EQ(request("GET", "/healthz").status, 200U);
}

TEST_F(AdminTest, ChangesWantALoginFirst) {
  const std::string reply =
      raw("GET /api/changes?tables=a.b HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(reply, HasSubstr("WWW-Authenticate: Basic realm="));
  EXPECT_EQ(request("POST", "/api/changes").status, 405U);
  EXPECT_THAT(raw("GET /api/changes HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n"
                  "Authorization: Basic YTpi\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 403 "));
}

// The fake lets go of the connection when the test ends: so the client sees it closed.
TEST_F(AdminTest, AConnectionForChangesIsHandedOver) {
  std::thread ends([this] {
    while (true) {
      std::promise<bool> given;
      loop_.post([&] {
        given.set_value(api_.given.has_value());
        api_.given.reset();
      });
      if (given.get_future().get()) return;
    }
  });
  EXPECT_EQ(raw("GET /api/changes?tables=a.b HTTP/1.1\r\nAuthorization: Basic YTpi\r\n"
                "Last-Event-ID: 0-1-5\r\n\r\n"),
            "");
  ends.join();
  EXPECT_EQ(api_.asked_for_changes, "tables=a.b");
  EXPECT_EQ(api_.last_event_id, "0-1-5");
  EXPECT_EQ(request("GET", "/healthz").status, 200U);
}

TEST_F(AdminTest, UnknownPathsAndMethods) {
  const AdminReply unknown = request("GET", "/api/nothing");
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_THAT(nlohmann::json::parse(unknown.body)["error"], "nothing is at /api/nothing");
  EXPECT_EQ(request("POST", "/api/servers/db2/explode").status, 404U);
  EXPECT_EQ(request("POST", "/api/servers/%zz/drain").status, 404U);
  EXPECT_EQ(request("DELETE", "/api/status").status, 405U);
  EXPECT_EQ(request("GET", "/api/servers/db2/drain").status, 405U);
  EXPECT_FALSE(api_.drained);
  EXPECT_THAT(raw("PUT /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"), HasSubstr("Allow: GET"));
}

TEST_F(AdminTest, PagesOfOtherSitesMayNotDrain) {
  EXPECT_THAT(raw("POST /api/servers/db2/drain HTTP/1.1\r\nHost: 127.0.0.1:7307\r\n"
                  "Origin: http://evil.example\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 403"));
  EXPECT_FALSE(api_.drained);
  EXPECT_THAT(raw("POST /api/servers/db2/drain HTTP/1.1\r\nHost: 127.0.0.1:7307\r\n"
                  "Origin: http://127.0.0.1:7307\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminTest, PipelinedRequestsAreAnsweredInOrder) {
  const std::string text =
      raw("GET /healthz HTTP/1.1\r\n\r\nHEAD /healthz HTTP/1.1\r\n\r\n"
          "GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::size_t first = text.find("HTTP/1.1 200 OK");
  const std::size_t second = text.find("HTTP/1.1 200 OK", first + 1);
  const std::size_t third = text.find("HTTP/1.1 404 Not Found");
  ASSERT_NE(third, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_EQ(text.find("healthy"), text.rfind("healthy")) << "HEAD has no body";
}

TEST_F(AdminTest, OversizedAndBrokenRequestsAreRefused) {
  EXPECT_THAT(raw("POST /api/servers/db2/drain HTTP/1.1\r\nContent-Length: 70000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(raw("GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(raw("\x16\x03\x01 this is no HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_FALSE(api_.drained);
}

TEST_F(AdminTest, SlowClientsTimeOut) {
  AdminLimits limits;
  limits.patience = milliseconds(20);
  restart(limits);
  EXPECT_THAT(raw("GET /heal"), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(raw(""), "") << "an idle connection is closed without a word";
}

TEST_F(AdminTest, TooManyConnectionsAreClosed) {
  AdminLimits limits;
  limits.connections_max = 0;
  restart(limits);
  EXPECT_EQ(raw(""), "");
  const auto reply = admin_request(address_, "GET", "/healthz");
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().kind, ErrorKind::Lost);
}

TEST(AdminServerTest, AddressInUseIsAnError) {
  net::Loop loop;
  FakeApi api;
  auto first = AdminServer::start(loop, test::any_port(), api);
  ASSERT_TRUE(first.ok());
  auto second = AdminServer::start(loop, (*first)->address(), api);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::Invalid);
}

}  // namespace
}  // namespace understudy::admin

#include "site.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace web {
namespace {

constexpr std::chrono::seconds kSoon{20};

// A site that is served from serve() to the end of the test.
class SiteTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { Site::block_signals(); }

  void TearDown() override { stop(); }

  httplib::Client serve() {
    const int port = site_.listen("127.0.0.1", 0);
    serving_ = std::thread([this] { site_.serve_until_stopped(); });
    httplib::Client client("127.0.0.1", port);
    client.set_read_timeout(kSoon);
    client.set_keep_alive(true);  // as browsers do
    return client;
  }

  void stop() {
    if (!serving_.joinable()) return;
    kill(getpid(), SIGTERM);
    serving_.join();
  }

  Site site_;

 private:
  std::thread serving_;
};

// A page that listens to /events, on a thread of its own.
class Listener {
 public:
  Listener(httplib::Client& client, httplib::Headers headers) {
    client.set_decompress(false);
    over_ = std::async(std::launch::async, [this, &client, headers = std::move(headers)] {
      return static_cast<bool>(client.Get(
          "/events", headers,
          [this](const httplib::Response& response) {
            encoding_ = response.get_header_value("Content-Encoding");
            type_ = response.get_header_value("Content-Type");
            return true;
          },
          [this](const char* data, std::size_t size) {
            const std::lock_guard lock(mutex_);
            text_.append(data, size);
            changed_.notify_all();
            return true;
          }));
    });
  }

  // Waits until that has arrived.
  bool hears(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kSoon, [&] { return text_.find(text) != std::string::npos; });
  }
  // Whether the stream came to its end as it should.
  bool ends() { return over_.wait_for(kSoon) == std::future_status::ready && over_.get(); }
  [[nodiscard]] const std::string& encoding() const { return encoding_; }
  [[nodiscard]] const std::string& type() const { return type_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;  // guarded by mutex_
  std::string encoding_;
  std::string type_;
  std::future<bool> over_;
};

TEST_F(SiteTest, ShowsTheFilesOfAFolder) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("site_test." + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "index.html") << "<h1>Lamps</h1>";
  site_.folder("/", folder);
  EXPECT_THROW(site_.folder("/more", folder / "no"), std::runtime_error);
  auto client = serve();
  EXPECT_EQ(client.Get("/")->body, "<h1>Lamps</h1>");
  EXPECT_EQ(client.Get("/")->get_header_value("Content-Type"), "text/html");
  EXPECT_EQ(client.Get("/chairs.html")->status, 404);
  std::filesystem::remove_all(folder);
}

TEST_F(SiteTest, AnswersWithJson) {
  site_.get("/add", [](Request& request) {
    return Json{{"sum", request.number("a") + request.number("b", 10)},
                {"words", request.text("words", "none")}};
  });
  site_.post("/twice",
             [](Request& request) { return Json(request.body().at("number").get<int>() * 2); });
  auto client = serve();
  EXPECT_EQ(client.Get("/add?a=1")->body, R"({"sum":11,"words":"none"})");
  EXPECT_EQ(client.Get("/add?a=1&b=2&words=a%20lamp")->body, R"({"sum":3,"words":"a lamp"})");
  EXPECT_EQ(client.Post("/twice", R"({"number":21})", "application/json")->body, "42");
}

TEST_F(SiteTest, TurnsWhatIsWrongIntoAStatus) {
  site_.get("/number", [](Request& request) { return Json(request.number("of")); });
  site_.post("/field", [](Request& request) { return request.body().at("field"); });
  site_.get("/refused", [](Request&) -> Json { throw Refused(409, "sold out"); });
  site_.get("/broken", [](Request&) -> Json { throw std::runtime_error("no server"); });
  auto client = serve();
  EXPECT_EQ(client.Get("/number")->status, 400);
  EXPECT_EQ(client.Get("/number?of=lamps")->status, 400);
  EXPECT_EQ(client.Get("/number?of=-1")->status, 400);
  EXPECT_EQ(client.Post("/field", "{", "application/json")->status, 400);
  EXPECT_EQ(client.Post("/field", "{}", "application/json")->status, 400);
  EXPECT_EQ(client.Post("/field", std::string(1 << 20, ' '), "application/json")->status, 413);
  EXPECT_EQ(client.Get("/refused")->status, 409);
  EXPECT_EQ(client.Get("/refused")->body, R"({"error":"sold out"})");
  EXPECT_EQ(client.Get("/broken")->status, 503);
  EXPECT_EQ(client.Get("/broken")->body, R"({"error":"no server"})");
}

TEST_F(SiteTest, ReadsAndSetsCookies) {
  site_.get("/cookie", [](Request& request) {
    request.set_cookie("token", "0-1-7");
    return Json(request.cookie("token").value_or("none"));
  });
  auto client = serve();
  const auto first = client.Get("/cookie");
  EXPECT_EQ(first->body, "\"none\"");
  EXPECT_EQ(first->get_header_value("Set-Cookie"), "token=0-1-7; Path=/; SameSite=Lax");
  const httplib::Headers cookies{{"Cookie", "other_token=1; token=0-1-7; more=2"}};
  EXPECT_EQ(client.Get("/cookie", cookies)->body, "\"0-1-7\"");
  EXPECT_EQ(client.Get("/cookie", {{"Cookie", "other_token=1"}})->body, "\"none\"");
}

class StreamTest : public SiteTest {
 protected:
  // The stream that a listener gets.
  std::shared_ptr<EventStream> stream() { return stream_.get_future().get(); }

  void SetUp() override {
    site_.stream("/events", [this](Request&, const std::shared_ptr<EventStream>& stream) {
      stream_.set_value(stream);
    });
  }

 private:
  std::promise<std::shared_ptr<EventStream>> stream_;
};

TEST_F(StreamTest, EventsArriveAtOnceThoughBrowsersAskForCompression) {
  auto client = serve();
  Listener listener(client, {{"Accept-Encoding", "gzip, deflate, br"}});
  const auto open = stream();
  open->send("stock", {{"left", 3}});
  EXPECT_TRUE(listener.hears("event: stock\ndata: {\"left\":3}\n\n"));
  EXPECT_EQ(listener.encoding(), "");
  EXPECT_EQ(listener.type(), "text/event-stream");
  open->close();
  EXPECT_TRUE(listener.ends());
}

TEST_F(StreamTest, EndsWithTheServer) {
  auto client = serve();
  Listener listener(client, {});
  const auto open = stream();
  open->send("stock", 1);
  EXPECT_TRUE(listener.hears("data: 1"));
  stop();
  EXPECT_TRUE(open->closed());
  EXPECT_TRUE(listener.ends());
}

TEST(EventStreamTest, ClosesOnAPageThatIsTooSlow) {
  EventStream stream;
  for (std::size_t i = 0; i < EventStream::kWaitingMax; ++i)
    stream.send("stock", i);
  EXPECT_FALSE(stream.closed());
  stream.send("stock", 0);
  EXPECT_TRUE(stream.closed());
  EXPECT_EQ(stream.take(), std::nullopt);
}

TEST(EventStreamTest, TakesAllThatWaits) {
  EventStream stream;
  stream.send("a", 1);
  stream.send("b", "two\nlines");
  EXPECT_EQ(stream.take(), "event: a\ndata: 1\n\nevent: b\ndata: \"two\\nlines\"\n\n");
}

}  // namespace
}  // namespace web

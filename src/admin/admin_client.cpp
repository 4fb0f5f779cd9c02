#include "admin/admin_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "net/connect.h"
#include "net/loop.h"
#include "net/stream.h"

namespace understudy::admin {
namespace {

namespace http = boost::beast::http;

constexpr std::uint64_t kReplyBytesMax = 64 * 1024 * 1024;

// One request and its reply over one connection. `done` holds the outcome.
class Exchange final : public net::StreamHandler {
 public:
  explicit Exchange(std::string request) : request_(std::move(request)) {
    parser_.body_limit(kReplyBytesMax);
  }

  void begin(Result<std::unique_ptr<net::Stream>> connected) {
    if (!connected.ok()) {
      done = connected.error();
      return;
    }
    stream_ = std::move(*connected);
    stream_->set_handler(this);
    stream_->start();
    stream_->write(as_bytes(request_));
  }

  void on_data(ByteView bytes) override {
    append(input_, bytes);
    boost::system::error_code error;
    while (!parser_.is_done() && !input_.empty()) {
      const std::size_t used =
          parser_.put(boost::asio::buffer(input_.data(), input_.size()), error);
      input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
      if (error || used == 0 || parser_.chunked()) break;
    }
    if (parser_.chunked())  // which Understudy never sends, and Boost 1.81 may abort over
      fail("its answer comes in chunks");
    else if (error && error != http::error::need_more)
      fail(error.message());
    else if (parser_.is_done())
      finish(AdminReply{parser_.get().result_int(), parser_.get().body()});
  }

  void on_closed(const Error& error) override { finish(error); }

  std::optional<Result<AdminReply>> done;

 private:
  void fail(std::string_view why) {
    finish(make_error(ErrorKind::Malformed,
                      fmt::format("no HTTP answer from {}: {}; is that the admin address?",
                                  stream_->peer_address(), why)));
  }
  void finish(Result<AdminReply> outcome) {
    if (done) return;
    done = std::move(outcome);
    stream_->close();
  }

  const std::string request_;
  std::unique_ptr<net::Stream> stream_;
  http::response_parser<http::string_body> parser_;
  Bytes input_;
};

std::string error_words(const AdminReply& reply) {
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string())
    return json["error"].get<std::string>();
  return fmt::format("HTTP status {}", reply.status);
}

}  // namespace

Result<AdminReply> admin_request(const Address& address, std::string_view method,
                                 std::string_view target, std::string_view body, Duration timeout) {
  net::Loop loop;
  Exchange exchange(fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", method,
      target, address.is_unix() ? "localhost" : to_string(address), body.size(), body));
  const Instant deadline = net::Loop::now() + timeout;
  const auto handle = net::connect(
      loop, address, timeout,
      [&](Result<std::unique_ptr<net::Stream>> stream) { exchange.begin(std::move(stream)); });
  while (!exchange.done) {
    const Duration left = deadline - net::Loop::now();
    // The connect reports its own timeout, a little after this one would.
    if (left < -std::chrono::milliseconds(100))
      return make_error(ErrorKind::Timeout, fmt::format("no answer from {} within {} ms",
                                                        to_string(address), to_ms(timeout)));
    loop.run_for_a_while(std::max<Duration>(left, std::chrono::milliseconds(10)));
  }
  return std::move(*exchange.done);
}

Result<std::string> admin_call(const Address& address, std::string_view method,
                               std::string_view target, std::string_view body, Duration timeout) {
  Result<AdminReply> reply = admin_request(address, method, target, body, timeout);
  if (!reply.ok()) return reply.error();
  if (reply->status >= 400) return make_error(ErrorKind::Invalid, error_words(*reply));
  return std::move(reply->body);
}

std::string server_target(std::string_view server, std::string_view action) {
  std::string name;
  for (const char c : server) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == ':';
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("/api/servers/{}/{}", name, action);
}

}  // namespace understudy::admin

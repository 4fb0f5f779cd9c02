#include "admin/http_session.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <utility>

#include "admin/status_json.h"

namespace understudy::admin {

namespace http = boost::beast::http;

namespace {

constexpr Duration kEventsInterval = std::chrono::milliseconds(50);
// Tells those between that the connection is in use, and us that the client is gone.
constexpr Duration kEventsKeepAlive = std::chrono::seconds(15);
constexpr std::size_t kEventsUnsentMax = 1024UL * 1024;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

HttpSession::HttpSession(net::Loop& loop, std::unique_ptr<net::Stream> stream, AdminApi& api,
                         const AdminLimits& limits, OnDone on_done)
    : loop_(loop),
      stream_(std::move(stream)),
      api_(api),
      limits_(limits),
      on_done_(std::move(on_done)),
      patience_(loop),
      events_timer_(loop) {
  patience_.start(limits_.patience, [this] { on_patience_over(); });
  expect_request();
  stream_->set_handler(this);
  stream_->start();
}

void HttpSession::expect_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
  parser_->body_limit(limits_.body_bytes_max);
}

void HttpSession::on_data(ByteView bytes) {
  if (events_after_) return;  // it only listens from now on
  append(input_, bytes);
  process();
}

void HttpSession::on_drained() {
  if (events_after_) return;
  stream_->resume_reading();
  patience_.restart(limits_.patience);
  process();
}

void HttpSession::on_closed(const Error&) {
  end();
}

void HttpSession::process() {
  while (!answering_ && !input_.empty() && stream_->pending_write_bytes() == 0) {
    boost::system::error_code error;
    const std::size_t used = parser_->put(boost::asio::buffer(input_.data(), input_.size()), error);
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
    if (error == http::error::need_more) return;
    if (error == http::error::body_limit) {
      refuse(413, fmt::format("the body is longer than {} bytes", limits_.body_bytes_max));
      return;
    }
    if (error == http::error::header_limit) {
      refuse(431, fmt::format("the header is longer than {} bytes", limits_.header_bytes_max));
      return;
    }
    if (error) {
      refuse(400, fmt::format("not understood: {}", error.message()));
      return;
    }
    if (parser_->chunked()) {  // Boost 1.81 may abort over a last chunk in two pieces
      refuse(411, "a body in chunks is not read: send it with its Content-Length");
      return;
    }
    if (!parser_->is_done()) {
      if (used == 0) return;
      continue;
    }
    answer_request();
    if (finished_ || events_after_) return;
  }
  // Requests that a client sends without waiting for the answers wait in the kernel.
  if (answering_ || stream_->pending_write_bytes() != 0) stream_->pause_reading();
}

void HttpSession::answer_request() {
  const auto& message = parser_->get();
  const HttpRequest request{view(message.method_string()),
                            view(message.target()),
                            view(message[http::field::host]),
                            view(message[http::field::origin]),
                            message.body(),
                            view(message[http::field::authorization]),
                            view(message["Last-Event-ID"]),
                            stream_->peer_address()};
  keep_alive_ = message.keep_alive();
  with_body_ = request.method != "HEAD";
  answering_ = true;
  processing_ = true;
  patience_.cancel();
  answer(api_, request, [session = std::weak_ptr(alive_)](HttpAnswer answer) {
    if (const auto alive = session.lock()) (*alive)->on_answer(std::move(answer));
  });
  processing_ = false;
}

void HttpSession::on_answer(HttpAnswer answer) {
  if (finished_) return;
  answering_ = false;
  if (answer.events_after) return follow_events(answer);
  if (answer.take_over) return hand_over(answer);
  send(answer, keep_alive_, with_body_);
  if (!keep_alive_) return finish();
  expect_request();
  patience_.restart(limits_.patience);
  if (processing_) return;
  if (stream_->pending_write_bytes() == 0) stream_->resume_reading();
  process();
}

// The session ends without a word: whoever takes the connection answers.
void HttpSession::hand_over(HttpAnswer& answer) {
  if (!stream_->closed()) answer.take_over(stream_->release());
  end();
}

void HttpSession::follow_events(const HttpAnswer& answer) {
  events_after_ = answer.events_after;
  stream_->write(as_bytes(fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
      answer.content_type)));
  last_sent_ = net::Loop::now();
  send_events();
}

void HttpSession::send_events() {
  // Who does not read is let go; the events can be asked for again from the last id.
  if (stream_->pending_write_bytes() > kEventsUnsentMax) return finish();
  std::string text;
  for (const EventInfo& event : api_.events(*events_after_)) {
    text += fmt::format("id: {}\ndata: {}\n\n", event.id, event_text(event));
    events_after_ = event.id;
  }
  if (text.empty() && net::Loop::now() - last_sent_ >= kEventsKeepAlive) text = ":\n\n";
  if (!text.empty()) {
    last_sent_ = net::Loop::now();
    stream_->write(as_bytes(text));
  }
  events_timer_.start(kEventsInterval, [this] { send_events(); });
}

void HttpSession::refuse(unsigned status, std::string_view message) {
  send(error_answer(status, message), false);
  finish();
}

void HttpSession::on_patience_over() {
  const bool in_request = !input_.empty() || parser_->got_some();
  if (in_request && stream_->pending_write_bytes() == 0)
    send(error_answer(408, "the request took too long"), false);
  finish();
}

void HttpSession::send(const HttpAnswer& answer, bool keep_alive, bool with_body) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Connection: {}\r\n",
      answer.status, view(http::obsolete_reason(static_cast<http::status>(answer.status))),
      answer.content_type, answer.body.size(), keep_alive ? "keep-alive" : "close");
  if (!answer.allow.empty()) text += fmt::format("Allow: {}\r\n", answer.allow);
  if (answer.wants_login) text += "WWW-Authenticate: Basic realm=\"understudy\"\r\n";
  text += "\r\n";
  if (with_body) text += answer.body;
  stream_->write(as_bytes(text));
}

void HttpSession::finish() {
  net::close_in_background(loop_, std::move(stream_));
  end();
}

void HttpSession::end() {
  finished_ = true;
  patience_.cancel();
  events_timer_.cancel();
  on_done_(*this);
}

}  // namespace understudy::admin

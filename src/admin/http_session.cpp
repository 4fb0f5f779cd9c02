#include "admin/http_session.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <utility>

namespace understudy::admin {

namespace http = boost::beast::http;

namespace {

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
      patience_(loop) {
  patience_.start(limits_.patience, [this] { on_patience_over(); });
  expect_request();
  stream_->set_handler(this);
  stream_->start();
}

void HttpSession::expect_request() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes_max));
  parser_->body_limit(limits_.body_bytes_max);
  parser_->eager(true);
}

void HttpSession::on_data(ByteView bytes) {
  append(input_, bytes);
  process();
}

void HttpSession::on_drained() {
  stream_->resume_reading();
  patience_.restart(limits_.patience);
  process();
}

void HttpSession::on_closed(const Error&) {
  patience_.cancel();
  on_done_(*this);
}

void HttpSession::process() {
  while (!input_.empty() && stream_->pending_write_bytes() == 0) {
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
    if (!parser_->is_done()) {
      if (used == 0) return;
      continue;
    }
    answer_request();
    if (finished_) return;
  }
  // Requests that a client sends without taking the answers wait in the kernel.
  if (stream_->pending_write_bytes() != 0) stream_->pause_reading();
}

void HttpSession::answer_request() {
  const auto& message = parser_->get();
  const HttpRequest request{view(message.method_string()), view(message.target()),
                            view(message[http::field::host]), view(message[http::field::origin])};
  const bool keep_alive = message.keep_alive();
  send(answer(api_, request), keep_alive, request.method != "HEAD");
  if (!keep_alive) {
    finished_ = true;
    finish();
    return;
  }
  expect_request();
  patience_.restart(limits_.patience);
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
  text += "\r\n";
  if (with_body) text += answer.body;
  stream_->write(as_bytes(text));
}

void HttpSession::finish() {
  patience_.cancel();
  net::close_in_background(loop_, std::move(stream_));
  on_done_(*this);
}

}  // namespace understudy::admin

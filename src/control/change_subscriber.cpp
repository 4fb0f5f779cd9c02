#include "control/change_subscriber.h"

#include <fmt/format.h>

#include "feed/event_writer.h"
#include "feed/json_text.h"

namespace understudy::control {
namespace {

// For a slow client to take what it has not read and the reason why it ends.
constexpr Duration kGoodbye = std::chrono::seconds(30);

std::string_view phrase(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 410:
      return "Gone";
    default:
      return "Service Unavailable";
  }
}

}  // namespace

ChangeSubscriber::ChangeSubscriber(net::Loop& loop, std::unique_ptr<net::Stream> stream,
                                   std::shared_ptr<const backend::Login> login, Owner& owner)
    : loop_(loop), stream_(std::move(stream)), login_(std::move(login)), owner_(owner) {
  stream_->set_handler(this);
  stream_->start();
}

void ChangeSubscriber::begin() {
  if (std::exchange(begun_, true)) return;
  send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "Connection: close\r\n\r\n:\n\n");
}

void ChangeSubscriber::end(unsigned status, std::string_view why, const feed::EventId& last) {
  if (begun_) {
    send(feed::error_event(why, last));
  } else {
    std::string body = R"({"error":)";
    feed::append_json_string(body, why);
    body += '}';
    send(
        fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                    "Cache-Control: no-store\r\nConnection: close\r\n\r\n{}",
                    status, phrase(status), body.size(), body));
  }
  net::close_in_background(loop_, std::move(stream_), kGoodbye);
}

}  // namespace understudy::control

#include "site.h"

#include <httplib.h>
#include <pthread.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <future>
#include <iostream>
#include <vector>

namespace web {
namespace {

// Each stream and each connection that is kept open has a thread while it lasts.
constexpr std::size_t kThreads = 256;
constexpr std::size_t kRequestsOfAConnection = 1000;
// An idle connection holds a thread, and stopping waits for it.
constexpr time_t kKeepAliveSeconds = 1;
constexpr std::size_t kBodyBytesMax = 64 * 1024;

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void answer(httplib::Response& response, int status, const Json& body) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace),
                       "application/json");
}

// Calls `body`; what it throws becomes an answer.
template <typename Body>
void guard(httplib::Response& response, Body body) {
  try {
    body();
  } catch (const Refused& refused) {
    answer(response, refused.status(), {{"error", refused.what()}});
  } catch (const std::invalid_argument& error) {
    answer(response, 400, {{"error", error.what()}});
  } catch (const Json::exception& error) {
    answer(response, 400, {{"error", error.what()}});
  } catch (const std::exception& error) {
    answer(response, 503, {{"error", error.what()}});
  }
}

void add_cookies(const Request& request, httplib::Response& response) {
  for (const auto& [name, value] : request.new_cookies()) {
    std::string cookie = name;
    cookie.append("=").append(value).append("; Path=/; SameSite=Lax");
    response.headers.emplace("Set-Cookie", std::move(cookie));
  }
}

auto json_handler(Handler handler) {
  return [handler = std::move(handler)](const httplib::Request& from, httplib::Response& response) {
    guard(response, [&] {
      Request request(from);
      const Json body = handler(request);
      add_cookies(request, response);
      answer(response, 200, body);
    });
  };
}

std::uint64_t to_number(const std::string& name, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument(name + " has to be a number");
  return value;
}

}  // namespace

Request::Request(const httplib::Request& request) : request_(request) {
  if (!request.body.empty()) body_ = Json::parse(request.body);
}

std::string Request::text(const std::string& name) const {
  if (!request_.has_param(name)) throw std::invalid_argument(name + " is missing");
  return request_.get_param_value(name);
}

std::string Request::text(const std::string& name, const std::string& otherwise) const {
  return request_.has_param(name) ? text(name) : otherwise;
}

std::uint64_t Request::number(const std::string& name) const {
  return to_number(name, text(name));
}

std::uint64_t Request::number(const std::string& name, std::uint64_t otherwise) const {
  return request_.has_param(name) ? number(name) : otherwise;
}

std::optional<std::string> Request::cookie(const std::string& name) const {
  const std::string cookies = "; " + request_.get_header_value("Cookie");
  const std::string wanted = "; " + name + "=";
  const std::size_t at = cookies.find(wanted);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + wanted.size();
  return cookies.substr(begin, cookies.find(';', begin) - begin);
}

Json answered(const std::string& server, std::optional<std::chrono::milliseconds> staleness,
              std::chrono::duration<double, std::milli> took) {
  Json answer = {{"server", server}, {"staleness_ms", nullptr}, {"took_ms", took.count()}};
  if (staleness) answer["staleness_ms"] = staleness->count();
  return answer;
}

// All streams that are open, to end them with the server.
class Site::Streams {
 public:
  void add(const std::shared_ptr<EventStream>& stream) {
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [](const auto& each) { return each.expired(); });
    open_.push_back(stream);
    if (over_) stream->close();
  }

  void close_all() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    for (const auto& each : open_)
      if (const auto stream = each.lock()) stream->close();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<EventStream>> open_;  // guarded by mutex_
  bool over_ = false;                             // guarded by mutex_
};

Site::Site() : server_(std::make_unique<httplib::Server>()), streams_(std::make_shared<Streams>()) {
  // The server takes ownership of what this returns.
  server_->new_task_queue = [] {
    return std::make_unique<httplib::ThreadPool>(kThreads).release();
  };
  server_->set_tcp_nodelay(true);
  server_->set_keep_alive_max_count(kRequestsOfAConnection);
  server_->set_keep_alive_timeout(kKeepAliveSeconds);
  server_->set_payload_max_length(kBodyBytesMax);
}

Site::~Site() = default;

void Site::folder(const std::string& path, const std::string& folder) {
  if (!server_->set_mount_point(path, folder))
    throw std::runtime_error("there is no folder " + folder + " to show at " + path);
}

void Site::get(const std::string& path, Handler handler) {
  server_->Get(path, json_handler(std::move(handler)));
}

void Site::post(const std::string& path, Handler handler) {
  server_->Post(path, json_handler(std::move(handler)));
}

void Site::stream(const std::string& path, StreamHandler handler) {
  server_->Get(path, [this, handler = std::move(handler)](const httplib::Request& from,
                                                          httplib::Response& response) {
    guard(response, [&] {
      Request request(from);
      const auto stream = std::make_shared<EventStream>();
      streams_->add(stream);
      handler(request, stream);
      add_cookies(request, response);
      response.set_header("Cache-Control", "no-store");
      response.set_chunked_content_provider(
          "text/event-stream",
          [stream](std::size_t, httplib::DataSink& sink) {
            const std::optional<std::string> text = stream->take();
            if (!text) {
              sink.done();
              return true;
            }
            return sink.write(text->data(), text->size());
          },
          [stream](bool) { stream->close(); });
    });
  });
}

void Site::serve(const std::string& name, const Serving& serving) {
  folder("/", serving.pages);
  folder("/shared", serving.shared_pages);
  const int port = listen(serving.host, serving.port);
  std::cout << name << ": http://" << serving.host << ":" << port << std::endl;
  serve_until_stopped();
}

int Site::listen(const std::string& host, int port) {
  if (port == 0) {
    port = server_->bind_to_any_port(host);
    if (port > 0) return port;
  } else if (server_->bind_to_port(host, port)) {
    return port;
  }
  throw std::runtime_error("cannot listen at " + host + ":" + std::to_string(port));
}

void Site::block_signals() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void Site::serve_until_stopped() {
  const std::future<void> serving =
      std::async(std::launch::async, [this] { server_->listen_after_bind(); });
  const sigset_t signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  streams_->close_all();
  // It does not stop before it has quite begun.
  while (serving.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready)
    server_->stop();
}

}  // namespace web

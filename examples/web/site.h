#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "event_stream.h"

namespace httplib {
class Server;
struct Request;
}  // namespace httplib

// What the applications need of a web server, on cpp-httplib: files, JSON, server-sent events.
namespace web {

using Json = nlohmann::json;

// What a page asked for. Lives as long as its handler runs.
class Request {
 public:
  explicit Request(const httplib::Request& request);

  // Of the query string, e.g. "lamp" of /api/search?words=lamp; throws std::invalid_argument.
  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const;
  [[nodiscard]] std::uint64_t number(const std::string& name) const;
  [[nodiscard]] std::uint64_t number(const std::string& name, std::uint64_t otherwise) const;
  // The object that was posted; null if there is none.
  [[nodiscard]] const Json& body() const { return body_; }

  [[nodiscard]] std::optional<std::string> cookie(const std::string& name) const;
  // The browser sends it with every request from now on.
  void set_cookie(const std::string& name, const std::string& value) { new_cookies_[name] = value; }
  [[nodiscard]] const std::map<std::string, std::string>& new_cookies() const {
    return new_cookies_;
  }

 private:
  const httplib::Request& request_;
  Json body_;
  std::map<std::string, std::string> new_cookies_;
};

// Something that the page shall not do; becomes an answer of that status.
class Refused : public std::runtime_error {
 public:
  Refused(int status, const std::string& why) : std::runtime_error(why), status_(status) {}
  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

// Answers with JSON. std::invalid_argument and wrong JSON become 400, Refused its status, any other
// exception 503, each with {"error": what()}.
using Handler = std::function<Json(Request&)>;
// A page listens: the stream ends when the page goes or EventStream::close() is called.
using StreamHandler = std::function<void(Request&, const std::shared_ptr<EventStream>&)>;

// What a page shows beside an answer: who gave it, how old it may be (null: not known), how long it
// took.
Json answered(const std::string& server, std::optional<std::chrono::milliseconds> staleness,
              std::chrono::duration<double, std::milli> took);

// Where an application's pages are, and where they are shown.
struct Serving {
  std::string host = "127.0.0.1";
  int port = 0;  // 0: a free one
  std::string pages;
  std::string shared_pages;
};

// One web server. Handlers run on threads of its own, several at once; set up before listen().
class Site {
 public:
  Site();
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // Throws std::runtime_error if there is no such folder.
  void folder(const std::string& path, const std::string& folder);
  void get(const std::string& path, Handler handler);
  void post(const std::string& path, Handler handler);
  void stream(const std::string& path, StreamHandler handler);

  // Shows the pages, says "NAME: http://HOST:PORT" on standard output once it listens, and serves
  // until it is stopped. Throws std::runtime_error.
  void serve(const std::string& name, const Serving& serving);

  // Returns the port; 0 takes a free one. Throws std::runtime_error.
  int listen(const std::string& host, int port);
  // Serves until SIGINT or SIGTERM, which threads made after block_signals() leave to it.
  void serve_until_stopped();
  // Call it first, before there are other threads.
  static void block_signals();

 private:
  class Streams;
  const std::unique_ptr<httplib::Server> server_;
  const std::shared_ptr<Streams> streams_;  // those that are open
};

}  // namespace web

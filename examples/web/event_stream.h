#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace web {

// Events on their way to one page that listens (server-sent events, HTML standard 9.2). Any thread
// may send; one thread takes.
class EventStream {
 public:
  // A page that lets so many events wait is too slow: its stream is closed, and it comes again.
  static constexpr std::size_t kWaitingMax = 1024;

  // Returns at once.
  void send(std::string_view event, const nlohmann::json& data);
  void close();
  [[nodiscard]] bool closed() const;

  // What is to be written next; a comment when nothing came for a while, so that a page that has
  // gone is noticed. Nothing once the stream is closed.
  std::optional<std::string> take();

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;  // guarded by mutex_
  bool closed_ = false;              // guarded by mutex_
};

}  // namespace web

#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "event_stream.h"

namespace web {

// All pages that listen to the same events. Thread-safe.
class Listeners {
 public:
  void add(const std::shared_ptr<EventStream>& stream);
  // Returns at once, see EventStream::send.
  void send(std::string_view event, const nlohmann::json& data);
  void close_all();
  // Whether nobody listens.
  [[nodiscard]] bool empty();

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<EventStream>> streams_;  // guarded by mutex_
};

}  // namespace web

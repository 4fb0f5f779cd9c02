#include "listeners.h"

namespace web {

void Listeners::add(const std::shared_ptr<EventStream>& stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& each) { return each.expired(); });
  streams_.push_back(stream);
}

void Listeners::send(std::string_view event, const nlohmann::json& data) {
  const std::lock_guard lock(mutex_);
  for (const auto& each : streams_)
    if (const auto stream = each.lock()) stream->send(event, data);
}

void Listeners::close_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& each : streams_)
    if (const auto stream = each.lock()) stream->close();
  streams_.clear();
}

bool Listeners::empty() {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& each) { return each.expired(); });
  return streams_.empty();
}

}  // namespace web

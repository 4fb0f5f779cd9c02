#include "event_stream.h"

#include <chrono>

namespace web {
namespace {

constexpr std::chrono::seconds kQuietMax{10};

}  // namespace

void EventStream::send(std::string_view event, const nlohmann::json& data) {
  std::string text = "event: ";
  text.append(event).append("\ndata: ").append(data.dump()).append("\n\n");
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kWaitingMax) closed_ = true;
    if (!closed_) waiting_.push_back(std::move(text));
  }
  changed_.notify_one();
}

void EventStream::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_one();
}

bool EventStream::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::optional<std::string> EventStream::take() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kQuietMax, [this] { return closed_ || !waiting_.empty(); });
  if (closed_) return std::nullopt;
  std::string all;
  for (const std::string& each : waiting_)
    all += each;
  waiting_.clear();
  return all.empty() ? ": still here\n\n" : all;
}

}  // namespace web

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/unique_function.h"

namespace understudy::control {

// Hands immutable snapshots to whoever asked for them. Control loop's thread only: a subscriber
// that lives elsewhere posts the pointer to its own loop.
template <typename T>
class Publisher {
 public:
  using Snapshot = std::shared_ptr<const T>;
  using Subscriber = UniqueFunction<void(const Snapshot&)>;

  explicit Publisher(Snapshot first) : current_(std::move(first)) {}

  // Calls `subscriber` with the current snapshot now (if there is one) and with each later one.
  // For the life of the publisher.
  void subscribe(Subscriber subscriber) {
    if (current_) subscriber(current_);
    subscribers_.push_back(std::move(subscriber));
  }

  [[nodiscard]] const Snapshot& current() const { return current_; }

  void publish(Snapshot snapshot) {
    current_ = std::move(snapshot);
    for (Subscriber& subscriber : subscribers_)
      subscriber(current_);
  }

 private:
  Snapshot current_;
  std::vector<Subscriber> subscribers_;
};

}  // namespace understudy::control

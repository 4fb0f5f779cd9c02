#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>

#include "event.h"

namespace analytics {

// Calls a function again and again, at once and then every `interval`, on a thread of its own,
// until it is destroyed. What the function throws is told, and the next call comes all the same.
class Every {
 public:
  Every(Milliseconds interval, std::function<void()> function)
      : interval_(interval), function_(std::move(function)), thread_([this] { run(); }) {}
  ~Every() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_one();
    thread_.join();
  }
  Every(const Every&) = delete;
  Every& operator=(const Every&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const auto next = std::chrono::steady_clock::now() + interval_;
      try {
        function_();
      } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
      }
      lock.lock();
      stop_.wait_until(lock, next, [this] { return stopping_; });
    }
  }

  const Milliseconds interval_;
  const std::function<void()> function_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // the last member: it uses the others
};

}  // namespace analytics

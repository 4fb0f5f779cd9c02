#pragma once

#include <unistd.h>

#include <utility>

namespace understudy::net {

// Owns a file descriptor; closed when destroyed. Private to src/net.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  [[nodiscard]] bool open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  // Gives it away: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void reset() {
    if (open()) ::close(release());
  }

 private:
  int number_ = -1;  // below 0: none
};

}  // namespace understudy::net

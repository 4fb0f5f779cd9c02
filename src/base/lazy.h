#pragma once

#include <memory>

namespace understudy {

// A T that is made when it is first used, and can be done without again: for parts of objects of
// which there are many, and of which few need the part at a time.
template <typename T>
class Lazy {
 public:
  [[nodiscard]] bool exists() const { return value_ != nullptr; }
  T& operator*() {
    if (value_ == nullptr) value_ = std::make_unique<T>();
    return *value_;
  }
  T* operator->() { return &**this; }
  void reset() { value_.reset(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace understudy

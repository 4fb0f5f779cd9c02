#pragma once

#include <memory>
#include <vector>

namespace understudy {

// Objects of which there are as many as are ever in use at once, for owners of whom there are many
// more: who needs one takes it, and gives it back. One thread.
template <typename T>
class Spares {
 public:
  // As it was given back, or new.
  [[nodiscard]] std::unique_ptr<T> take() {
    if (spares_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> taken = std::move(spares_.back());
    spares_.pop_back();
    return taken;
  }
  // Null is no object.
  void give_back(std::unique_ptr<T> object) {
    if (object != nullptr) spares_.push_back(std::move(object));
  }

 private:
  std::vector<std::unique_ptr<T>> spares_;
};

}  // namespace understudy
